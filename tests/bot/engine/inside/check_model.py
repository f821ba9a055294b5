"""The classifier by itself: what spelling does not change, priors, the line, saving."""

import math
import tempfile
import unittest
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt

from bot.engine.environment import prepare

prepare()

from bot.engine import model as model_module  # noqa: E402
from bot.engine import noise  # noqa: E402
from bot.engine.encoder import spoken  # noqa: E402
from bot.engine.model import NeedModel, Settings, _held_back, _lead, _line, train  # noqa: E402
from bot.engine.normalise import key, normalise  # noqa: E402

DATA = {
    "ask_pay": [
        "is it paid",
        "do they pay",
        "how much do i get",
        "cuánto pagan",
        "es pagado",
        "do we get money",
    ],
    "book": ["sign me up", "book it", "i want that one", "apúntame", "quiero ese", "put me down for it"],
    "approve": ["yes he can go", "i approve", "she has my permission", "le doy permiso", "sí puede ir"],
    "out_of_scope": [
        "who won the game",
        "weather tomorrow",
        "quién ganó el partido",
        "do my homework",
        "call a cab",
    ],
}
TEXTS = [text for texts in DATA.values() for text in texts]
NEEDS = [need for need, texts in DATA.items() for _ in texts]


class NormaliseTest(unittest.TestCase):
    def test_spelling_that_says_nothing_is_taken_out(self) -> None:
        for one, other in (
            ("Don’t", "dont"),
            ("MAÑANA por la TARDE", "manana por la tarde"),
            ("soooooo good!!!", "soo good"),
            ("call 305-555-0101", "call (305) 555 0199"),
            ("see https://x.org/a?b", "see www.other.com"),
            ("at 3pm", "at 4:30 pm"),
            ("👍", "✅"),
            ("/book", "book"),
        ):
            self.assertEqual(key(one), key(other), one)

    def test_what_says_something_stays(self) -> None:
        for one, other in (("2", "3"), ("yes?", "yes"), ("👍", "👎"), ("2", "12"), ("9th", "10th")):
            self.assertNotEqual(key(one), key(other))

    def test_nothing_breaks_it(self) -> None:
        for text in ("", " ", "\n", "???", "🙃", "\u200b", "_", "a" * 5000, "'", "﷽"):
            normalise(text)


class NoiseTest(unittest.TestCase):
    def test_the_same_seed_makes_the_same_noise(self) -> None:
        self.assertEqual(noise.copies(TEXTS, 2, 1), noise.copies(TEXTS, 2, 1))
        self.assertNotEqual(noise.copies(TEXTS, 2, 1), noise.copies(TEXTS, 2, 2))

    def test_a_copy_differs_from_its_text(self) -> None:
        self.assertTrue(all(TEXTS[index] != changed for index, changed in noise.copies(TEXTS, 3, 1)))


class Meanings:
    """A stand-in for a sentence encoder: money on one axis, going along on another."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.asarray([[("pay" in t) + ("wage" in t), "book" in t, 0.1] for t in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class ModelTest(unittest.TestCase):
    settings = Settings(
        at_least=1,
        encoder="",
        senders={"student": ["book", "ask_pay"], "guardian": ["approve"]},
        stranger={"student": 3.0, "guardian": 3.0},
    )

    def test_it_reads_what_it_was_taught_in_both_languages_with_typos(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        for text, need in (("do they payy", "ask_pay"), ("cuanto pagan", "ask_pay"), ("sing me up", "book")):
            self.assertEqual(model.understand(text).ranking[0][0], need, text)

    def test_without_words_it_is_out_of_scope(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        for text in ("", "  ", "...", "!!"):
            self.assertEqual(model.understand(text, "student").need, "out_of_scope")

    def test_below_the_line_it_is_out_of_scope_and_says_how_much_in_doubt(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        sure = model.understand("do they pay")
        self.assertEqual(sure.need, "ask_pay")
        model.stages = [replace(stage, line=math.inf) for stage in model.stages]
        doubt = model.understand("do they pay")
        self.assertEqual(doubt.need, "out_of_scope")
        self.assertEqual(doubt.ranking[:2], (("out_of_scope", doubt.confidence), sure.ranking[0]))
        self.assertAlmostEqual(doubt.confidence, 1 - sure.confidence)

    def test_the_line_lets_the_stated_share_through(self) -> None:
        odds = np.asarray([[i / 100, 0.0] for i in range(100)])
        line = _line(
            odds, np.zeros(100, dtype=np.int64), ["a", "out_of_scope"], replace(self.settings, accepted=0.95)
        )
        self.assertEqual(sum(odds[:, 0] >= line), 95)

    def test_the_height_of_the_best_need_counts_beside_its_lead(self) -> None:
        odds = np.asarray([[2.0, 1.0, 0.0], [4.0, 1.0, 3.0]])
        self.assertEqual(_lead(odds, 2, 0.0).tolist(), [2.0, 1.0])
        self.assertEqual(_lead(odds, 2, 1.0).tolist(), [4.0, 5.0])

    def test_the_sender_tips_a_close_call_and_does_not_outvote_a_clear_text(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        close = {
            role: dict(model.understand("can go", role).ranking)["approve"]
            for role in ("student", "guardian")
        }
        self.assertLess(close["student"], close["guardian"])
        clear = train(TEXTS * 3, NEEDS * 3, self.settings)
        self.assertEqual(clear.understand("i approve, yes he can go", "student").ranking[0][0], "approve")
        self.assertEqual(model.understand("can go"), model.understand("can go", "anyone"))

    def test_the_open_question_tips_a_close_call(self) -> None:
        settings = replace(self.settings, answers={"*": {"book": 1.0}, "consent": {"approve": 2.0}})
        model = train(TEXTS, NEEDS, settings)
        share = {p: dict(model.understand("ok", None, p).ranking) for p in (None, "choose_slot", "consent")}
        self.assertLess(share[None]["book"], share["choose_slot"]["book"])
        self.assertLess(share["choose_slot"]["approve"], share["consent"]["approve"])

    def test_confidences_are_shares(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        self.assertAlmostEqual(sum(share for _, share in model.understand("book it").ranking), 1.0, places=6)

    def test_a_saved_model_answers_the_same(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder))
            again = NeedModel.load(Path(folder))
        for text in (*TEXTS, "zzz", "pay me"):
            self.assertEqual(model.understand(text, "student"), again.understand(text, "student"))

    def test_an_encoder_brings_words_together_that_training_never_saw(self) -> None:
        text = "what wage would there be"
        with mock.patch.object(model_module, "load_encoder", return_value=Meanings()):
            model = train(TEXTS, NEEDS, replace(self.settings, encoder="some:Encoder"))
            with tempfile.TemporaryDirectory() as folder:
                model.save(Path(folder))
                again = NeedModel.load(Path(folder))
        self.assertEqual(model.understand(text).ranking[0][0], "ask_pay")
        self.assertEqual(again.understand(text).ranking[0][0], "ask_pay")

    def test_a_model_is_not_read_without_the_encoder_it_was_trained_with(self) -> None:
        with mock.patch.object(model_module, "load_encoder", return_value=Meanings()):
            model = train(TEXTS, NEEDS, replace(self.settings, encoder="not_here:Encoder"))
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder))
            with self.assertRaisesRegex(ValueError, "not_here:Encoder"):
                NeedModel.load(Path(folder))

    def test_a_translation_is_never_held_back_alone(self) -> None:
        vectors = np.eye(20, dtype=np.float32).repeat(2, axis=0)
        back = _held_back(np.zeros(40, dtype=np.int64), vectors, self.settings)
        self.assertEqual(int(back.sum()), 8)
        self.assertEqual(back[::2].tolist(), back[1::2].tolist())


class SpokenTest(unittest.TestCase):
    def test_abbreviations_are_written_out_for_the_encoder(self) -> None:
        self.assertEqual(spoken("R u coming tmrw?"), "are you coming tomorrow ?")
        self.assertEqual(spoken("xq no vas"), "porque no vas")

    def test_half_a_character_does_no_harm(self) -> None:
        self.assertEqual(spoken("hola \ud83d ana").encode(), b"hola ana")
