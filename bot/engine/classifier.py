"""The classifier as a Rasa component: from the words of a message to its need, in one step.

It takes the raw text, so the pipeline holds no tokenizer and no featurizer. What it knows about the sender
and the open question comes with the message, as `metadata`.
"""

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.model import NeedModel, Settings, Understood, train


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedClassifier(GraphComponent, IntentClassifier):
    """Sets `intent` and `intent_ranking` of every message; the settings are those of `bot.engine.model`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Every setting of the model."""
        return dict(vars(Settings()))

    @staticmethod
    def required_packages() -> list[str]:
        """What training imports."""
        return ["sklearn", "scipy", "numpy"]

    def __init__(
        self, settings: Settings, storage: ModelStorage, resource: Resource, model: NeedModel | None = None
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "NeedClassifier":
        """Make an untrained one."""
        return cls(_settings(config), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "NeedClassifier":
        """Read a trained one back."""
        with model_storage.read_from(resource) as folder:
            return cls(_settings(config), model_storage, resource, NeedModel.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the examples that name an intent."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        texts = [m.get(TEXT) for m in examples]
        needs = [m.get(INTENT) for m in examples]
        self._model = train(texts, needs, self._settings)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the need of each message."""
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        if self._model is None:
            raise ValueError("the classifier is not trained")
        context: Mapping[str, Any] = message.get(METADATA) or {}
        found: Understood = self._model.understand(
            message.get(TEXT) or "", role=context.get("role"), pending=context.get("pending")
        )
        intent = {"name": found.need, "confidence": found.confidence}
        ranking = [{"name": need, "confidence": confidence} for need, confidence in found.ranking]
        message.set(INTENT, intent, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)


def _settings(config: Mapping[str, Any]) -> Settings:
    known = Settings.__dataclass_fields__
    return Settings(**{name: value for name, value in config.items() if name in known})
