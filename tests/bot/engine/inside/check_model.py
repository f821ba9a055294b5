"""The classifier by itself: what spelling does not change, priors, the line, saving."""

import tempfile
import unittest
from pathlib import Path

from bot.engine.environment import prepare

prepare()

from bot.engine import noise  # noqa: E402
from bot.engine.model import NeedModel, Settings, train  # noqa: E402
from bot.engine.normalise import key, normalise  # noqa: E402

DATA = {
    "ask_pay": ["is it paid", "do they pay", "how much do i get", "cuánto pagan", "es pagado", "do we get money"],
    "book": ["sign me up", "book it", "i want that one", "apúntame", "quiero ese", "put me down for it"],
    "approve": ["yes he can go", "i approve", "she has my permission", "le doy permiso", "sí puede ir"],
    "out_of_scope": ["who won the game", "weather tomorrow", "quién ganó el partido", "do my homework", "call a cab"],
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


class ModelTest(unittest.TestCase):
    settings = Settings(
        senders={"student": ["book", "ask_pay"], "guardian": ["approve"]}, stranger={"student": 3.0, "guardian": 3.0}
    )

    def test_it_reads_what_it_was_taught_in_both_languages_with_typos(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        for text, need in (("do they payy", "ask_pay"), ("cuanto pagan", "ask_pay"), ("sing me up", "book")):
            self.assertEqual(model.understand(text).need, need, text)

    def test_far_from_everything_is_out_of_scope(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        self.assertEqual(model.understand("zzz qqq").need, "out_of_scope")
        self.assertEqual(model.understand("").need, "out_of_scope")

    def test_the_sender_tips_a_close_call_and_does_not_outvote_a_clear_text(self) -> None:
        model = train(TEXTS, NEEDS, self.settings)
        close = {role: dict(model.understand("can go", role).ranking)["approve"] for role in ("student", "guardian")}
        self.assertLess(close["student"], close["guardian"])
        self.assertEqual(model.understand("i approve, yes he can go", "student").need, "approve")
        self.assertEqual(model.understand("can go"), model.understand("can go", "anyone"))

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
