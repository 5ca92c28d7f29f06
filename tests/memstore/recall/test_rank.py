from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memstore.recall.columns import Columns
from memstore.recall.query import Query, Wording
from memstore.recall.rank import LENDING_TERMS, LENT, UNRELATED, Ranking, rank
from memstore.recall.signals import COMMON_STORE, FULL_LENGTH, K1, MAX_QUERY_TERMS, WORDS_UNIT, B
from memstore.recall.turns import conversation_order
from memstore.recall.weights import BALANCED, PLAIN, Weights
from memstore.records.quantisation import quantise
from memstore.records.terms import name_hash, read, terms, text_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSIONS = 8
SIGNALS = tuple(field.name for field in fields(Weights) if field.name != "bias")
CHOOSING = SIGNALS[SIGNALS.index("speaker") :]
DAY = 86_400.0
NOW = 1_700_000_000.0
NOWHERE = tuple([0.0] * DIMENSIONS)
WORDS = ("tea", "clock", "Lisbon", "nurse", "boat", "piano", "yesterday", "anna", "peanut")


@dataclass(frozen=True)
class Card:
    text: str
    vector: tuple[float, ...] = NOWHERE
    speaker: str = ""
    conversation: str = ""
    position: int = -1
    said_at: float = NOW
    by_person: bool = True
    context: str = ""


def columns(cards: Sequence[Card]) -> Columns:
    readings = [read(card.text) for card in cards]
    vectors, scales = quantise(np.array([card.vector for card in cards], np.float32).reshape(-1, DIMENSIONS))
    return Columns(
        vectors=vectors,
        scales=scales,
        term_hashes=np.concatenate([np.zeros(0, np.uint32), *(reading.terms for reading in readings)]),
        term_offsets=np.cumsum([0, *(len(reading.terms) for reading in readings)], dtype=np.int64),
        speaker=np.array([name_hash(card.speaker) for card in cards], np.uint64),
        conversation=np.array([text_hash(card.conversation) if card.conversation else 0 for card in cards], np.uint64),
        position=np.array([card.position for card in cards], np.int32),
        said_at=np.array([card.said_at for card in cards], np.float64),
        is_question=np.array([reading.is_question for reading in readings], np.bool_),
        tells_time=np.array([reading.tells_time for reading in readings], np.bool_),
        tells_place=np.array([reading.tells_place for reading in readings], np.bool_),
        tells_name=np.array([reading.tells_name for reading in readings], np.bool_),
        by_person=np.array([card.by_person for card in cards], np.bool_),
        context_hashes=np.concatenate([np.zeros(0, np.uint32), *(terms(card.context) for card in cards)]),
        context_offsets=np.cumsum([0, *(len(terms(card.context)) for card in cards)], dtype=np.int64),
    )


def ask(text: str, vector: Sequence[float] = NOWHERE, zero: float = 0.0) -> Query:
    return Query.read(text, [Wording(np.array(vector, np.float32), zero)], NOW)


def axis(number: int) -> tuple[float, ...]:
    return tuple(1.0 if at == number else 0.0 for at in range(DIMENSIONS))


def only(name: str) -> Weights:
    return replace(Weights(bias=0.0, cosine=0.0, words=0.0), **{name: 1.0})


def found(query: Query, cards: Sequence[Card], weights: Weights = BALANCED, k: int = 100) -> list[str]:
    return [cards[row].text for row in rank(query, columns(cards), weights, k).indices]


def by_row(ranking: Ranking, name: str) -> list[float]:
    """Return a part of the whole store's ranking, in the order of the rows."""
    return [float(value) for value in ranking.parts[name][np.argsort(ranking.indices)]]


texts = st.lists(st.sampled_from((*WORDS, "?")), max_size=6).map(" ".join)
directions = st.tuples(*[st.integers(-3, 3).map(float)] * DIMENSIONS).map(
    lambda values: tuple(value / (math.hypot(*values) or 1.0) for value in values)
)
cards_of_any_kind = st.lists(
    st.builds(
        Card,
        text=texts,
        vector=directions,
        speaker=st.sampled_from(("", "Anna", "Bo Nurse")),
        conversation=st.sampled_from(("", "one", "two")),
        said_at=st.floats(NOW - 1000 * DAY, NOW),
        by_person=st.booleans(),
        context=st.sampled_from(("", "", "piano tea")),
    ),
    max_size=25,
)
# Two cards of one message now and then.
cards_of_any_kind = st.tuples(cards_of_any_kind, st.integers(1, 3)).map(
    lambda drawn: [replace(card, position=place // drawn[1]) for place, card in enumerate(drawn[0])]
)
questions = st.builds(
    ask, st.sampled_from(("", "when ", "in May 2023 ")).flatmap(lambda x: texts.map(x.__add__)), directions
)


@given(cards_of_any_kind, questions, st.integers(0, 30))
def test_scores_lie_between_0_and_1_and_fall(cards: list[Card], query: Query, k: int) -> None:
    ranking = rank(query, columns(cards), k=k)
    assert len(ranking.indices) == len(ranking.scores) == min(k, len(cards))
    assert len(set(ranking.indices.tolist())) == len(ranking.indices)
    assert ((ranking.scores >= 0) & (ranking.scores <= 1)).all()
    assert (np.diff(ranking.scores) <= 1e-4).all()


@given(cards_of_any_kind, questions)
def test_parts_and_bias_sum_to_the_score(cards: list[Card], query: Query) -> None:
    ranking = rank(query, columns(cards), k=len(cards))
    assert tuple(ranking.parts) == SIGNALS
    total = BALANCED.bias + sum(part.astype(np.float64) for part in ranking.parts.values())
    assert np.allclose(1 / (1 + np.exp(-total)), ranking.scores, atol=1e-5)


@given(cards_of_any_kind, questions, st.randoms())
def test_order_of_rows_does_not_matter(cards: list[Card], query: Query, random: object) -> None:
    shuffled = list(range(len(cards)))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    straight = rank(query, columns(cards), k=len(cards))
    other = rank(query, columns([cards[row] for row in shuffled]), k=len(cards))
    scores = dict(zip(straight.indices.tolist(), straight.scores.tolist(), strict=True))
    back = {shuffled[row]: score for row, score in zip(other.indices.tolist(), other.scores.tolist(), strict=True)}
    assert back == pytest.approx(scores, abs=1e-5)


@given(cards_of_any_kind, questions, st.integers(1, 10))
def test_best_k_are_the_head_of_the_whole_ranking(cards: list[Card], query: Query, k: int) -> None:
    store = columns(cards)
    assert rank(query, store, k=k).indices.tolist() == rank(query, store, k=len(cards)).indices.tolist()[:k]


@given(cards_of_any_kind, directions)
def test_cosine_equals_the_plain_form(cards: list[Card], vector: tuple[float, ...]) -> None:
    store = columns(cards)
    ranking = rank(ask("", vector), store, only("cosine"), len(cards))
    rows = store.vectors.astype(np.float64) * store.scales[:, None]
    assert by_row(ranking, "cosine") == pytest.approx((rows @ np.array(vector)).tolist(), abs=1e-5)


@given(cards_of_any_kind, texts)
def test_words_equal_plain_bm25(cards: list[Card], text: str) -> None:
    cards = [replace(card, speaker="") for card in cards]
    documents = [Counter(read(card.text).terms.tolist()) for card in cards]
    mean = max(sum(document.total() for document in documents) / max(len(cards), 1), 1.0)
    expected = []
    for document in documents:
        score = 0.0
        for term in set(terms(text).tolist()):
            holding = sum(term in other for other in documents)
            rarity = math.log(1 + (max(len(cards), COMMON_STORE) - holding + 0.5) / (holding + 0.5))
            weight = document[term] + K1 * (1 - B + B * document.total() / mean)
            score += rarity * document[term] * (K1 + 1) / weight
        expected.append(score / WORDS_UNIT)
    ranking = rank(ask(text), columns(cards), only("words"), len(cards))
    assert by_row(ranking, "words") == pytest.approx(expected, abs=1e-5)


@settings(max_examples=60)
@given(cards_of_any_kind, questions)
def test_what_turns_pass_on_equals_the_plain_form(cards: list[Card], query: Query) -> None:
    assume(len(cards) > 0)
    cards = [replace(card, speaker="") for card in cards]
    ranking = rank(query, columns(cards), k=len(cards))
    held = [set(read(card.text).terms.tolist()) for card in cards]
    lengths = [len(read(card.text).terms) for card in cards]
    wanted = set(query.terms.tolist())

    def rarity(term: int) -> float:
        holding = sum(term in other for other in held)
        return math.log(1 + (COMMON_STORE - holding + 0.5) / (holding + 0.5)) / WORDS_UNIT

    def cover(row: int, found_terms: set[int]) -> float:
        return sum(map(rarity, wanted & found_terms)) * math.sqrt(FULL_LENGTH / max(lengths[row], FULL_LENGTH))

    # Messages: lists of rows, in conversations.
    talks: dict[object, dict[int, list[int]]] = {}
    for row, card in enumerate(cards):
        talks.setdefault(card.conversation or row, {}).setdefault(card.position, []).append(row)
    own = [
        cosine + words + BALANCED.window * cover(row, held[row])
        for row, (cosine, words) in enumerate(zip(by_row(ranking, "cosine"), by_row(ranking, "words"), strict=True))
    ]
    above = [max(value - UNRELATED, 0) for value in own]
    expected: dict[str, dict[int, float]] = {name: {} for name in ("window", "answer", "nearby", "session")}
    for talk in talks.values():
        messages = [talk[position] for position in sorted(talk)]

        def best(at: int, rows: Sequence[list[int]] = messages) -> float:
            return max(above[row] for row in rows[at]) if 0 <= at < len(rows) else 0.0

        for at, message in enumerate(messages):
            beside = [row for other in (at - 1, at + 1) if 0 <= other < len(messages) for row in messages[other]]
            before = messages[at - 1] if at else []
            asked = [above[row] for row in before if "?" in cards[row].text and cards[row].by_person]
            for row in message:
                lent = set().union(*(held[other] for other in beside if lengths[other] <= LENDING_TERMS))
                lent |= set(terms(cards[row].context).tolist())
                value = cover(row, held[row]) + LENT * cover(row, lent - held[row])
                expected["window"][row] = BALANCED.window * value
                expected["answer"][row] = BALANCED.answer * max(asked, default=0.0) * cards[row].by_person
                expected["nearby"][row] = BALANCED.nearby * max(best(at - 2), best(at + 2))
                others = [best(other) for other in range(len(messages)) if other != at]
                two = sorted([*others, above[row], 0.0], reverse=True)[:2]
                expected["session"][row] = BALANCED.session * sum(two) / 2
    for name, values in expected.items():
        assert by_row(ranking, name) == pytest.approx([values[row] for row in range(len(cards))], abs=1e-4), name


@given(cards_of_any_kind, questions)
def test_where_nothing_is_known_no_row_is_chosen(cards: list[Card], query: Query) -> None:
    far = replace(query, wordings=[replace(query.wordings[0], zero=1.0)], terms=np.zeros(0, np.uint32))
    ranking = rank(far, columns([replace(card, vector=axis(0)) for card in cards]), k=len(cards))
    assert all(not ranking.parts[name].any() for name in CHOOSING)
    assert (ranking.scores < 0.1).all()


def test_nothing_is_found_in_an_empty_store() -> None:
    ranking = rank(ask("clocks", axis(0)), columns([]))
    assert (ranking.indices.tolist(), ranking.scores.tolist()) == ([], [])
    assert set(ranking.parts) == set(SIGNALS)


def test_query_without_terms_is_ranked_by_its_vector() -> None:
    assert found(ask("", axis(1)), [Card("boat", axis(0)), Card("tea", axis(1))]) == ["tea", "boat"]


def test_store_without_a_word_is_ranked_by_its_vectors() -> None:
    assert found(ask("tea", axis(1)), [Card("?", axis(0)), Card("", axis(1))]) == ["", "?"]


@pytest.mark.parametrize("shape", [(DIMENSIONS + 1,), (0,), (1, DIMENSIONS)])
def test_vector_of_another_model_is_refused(shape: tuple[int, ...]) -> None:
    query = Query([Wording(np.zeros(shape, np.float32))], terms("tea"), NOW)
    with pytest.raises(ValueError, match="shape"):
        rank(query, columns([Card("tea")]))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_vector_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        rank(ask("tea", [value] * DIMENSIONS), columns([Card("tea")]))


def test_negative_k_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        rank(ask("tea"), columns([Card("tea")]), k=-1)


@pytest.mark.parametrize(
    "name", ["speaker", "position", "tells_time", "tells_name", "by_person", "vectors", "term_offsets"]
)
def test_columns_of_different_lengths_are_refused(name: str) -> None:
    store = columns([Card("tea"), Card("boat")])
    with pytest.raises(ValueError, match="length"):
        replace(store, **{name: getattr(store, name)[:1]})


def test_offsets_that_do_not_span_the_terms_are_refused() -> None:
    store = columns([Card("tea"), Card("boat")])
    with pytest.raises(ValueError, match="offsets"):
        replace(store, term_offsets=store.term_offsets - 1)
    with pytest.raises(ValueError, match="offsets"):
        replace(store, context_offsets=np.array([0, 1, 1]))


def test_perfect_word_match_is_found_among_many_nearer_vectors() -> None:
    cards = [*(Card("boat", axis(0)) for _ in range(500)), Card("piano in Lisbon", axis(1))]
    question = ask("piano Lisbon", (0.5, *NOWHERE[1:]))
    assert rank(question, columns(cards), only("cosine")).indices.tolist() == list(range(10))
    assert rank(question, columns(cards)).indices[0] == 500


def test_vector_finds_what_no_word_finds() -> None:
    cards = [Card("tea", axis(number % 4)) for number in range(50)] + [Card("piano", axis(5))]
    assert found(ask("music", axis(5)), cards, k=1) == ["piano"]


def test_of_equal_matches_the_newer_comes_first() -> None:
    cards = [Card("tea", said_at=NOW - 2 * DAY), Card("tea", said_at=NOW), Card("tea", said_at=NOW - DAY)]
    assert rank(ask("tea"), columns(cards), PLAIN).indices.tolist() == [1, 2, 0]


def test_of_equal_matches_of_equal_age_the_lower_row_comes_first() -> None:
    assert rank(ask("tea"), columns([Card("tea")] * 5), k=3).indices.tolist() == [0, 1, 2]


def test_named_speakers_turns_come_first() -> None:
    cards = [Card("I like tea", speaker="Bo"), Card("I like tea", speaker="Anna Sousa"), Card("I like tea")]
    for name in ("Anna", "anna's", "Sousa"):
        ranking = rank(ask(f"Does {name} like tea?"), columns(cards))
        assert ranking.indices[0] == 1
        assert ranking.parts["speaker"][0] > 0 > ranking.parts["speaker"][1]


def test_name_of_the_only_speaker_tells_nothing() -> None:
    cards = [Card("I like tea", speaker="Anna"), Card("boat", speaker="Anna")]
    assert by_row(rank(ask("Does Anna like tea?"), columns(cards)), "speaker") == [0.0, 0.0]


def test_speakers_name_is_no_word_of_the_search() -> None:
    cards = [Card("Anna: boat", speaker="Anna"), Card("Bo: I gave Anna tea", speaker="Bo")]
    assert by_row(rank(ask("Anna"), columns(cards), only("words")), "words") != [
        0.0,
        0.0,
    ]  # nothing else is asked
    assert by_row(rank(ask("Anna boat"), columns(cards), only("words")), "words")[1] == 0.0


def test_turn_beside_brings_the_missing_words() -> None:
    talk = [
        Card("We painted a clock", conversation="one", position=0),
        Card("It is in Lisbon", conversation="one", position=1),
        Card("It is in Lisbon", conversation="two", position=0),
    ]
    assert rank(ask("Where in Lisbon is the clock?"), columns(talk), only("window")).indices.tolist() == [
        0,
        1,
        2,
    ]


@pytest.mark.parametrize(
    ("conversation", "position"),
    [("", 5), ("one", -1)],  # no conversation; no place in it
)
def test_turn_without_a_known_place_has_no_neighbours(conversation: str, position: int) -> None:
    cards = [Card("clock", conversation=conversation, position=position)] * 2 + [
        Card("boat", conversation=conversation, position=position)
    ]
    assert by_row(rank(ask("clock"), columns(cards), only("window")), "window")[2] == 0.0


def test_answer_follows_its_question() -> None:
    talk = [
        Card("Which piano do you play?", axis(0), conversation="one", position=0),
        Card("An old one", conversation="one", position=1),
        Card("I play the piano.", axis(0), conversation="two", position=0),
        Card("An old one", conversation="two", position=1),
    ]
    parts = by_row(rank(ask("piano", axis(0)), columns(talk)), "answer")
    assert parts[1] > parts[3] == parts[0] == parts[2]


def test_conversation_about_the_subject_lifts_its_turns() -> None:
    talk = [
        *(Card("piano", axis(0), conversation="one", position=position) for position in range(3)),
        Card("An old one", conversation="one", position=9),
        Card("An old one", conversation="two", position=9),
    ]
    order = rank(ask("piano", axis(0)), columns(talk)).indices.tolist()
    assert order.index(3) < order.index(4)


def test_memory_of_the_named_time_comes_first() -> None:
    may = 1_683_100_800.0  # 3 May 2023
    cards = [
        Card("tea", said_at=may - 60 * DAY),
        Card("tea", said_at=may + 2 * DAY),
        Card("tea", said_at=NOW),
    ]
    assert rank(ask("tea on May 3, 2023"), columns(cards)).indices[0] == 1


def test_question_for_a_time_prefers_memories_that_tell_one() -> None:
    cards = [Card("We bought the boat"), Card("We bought the boat yesterday")]
    assert found(ask("When did they buy the boat?"), cards, k=1) == ["We bought the boat yesterday"]
    assert by_row(rank(ask("Did they buy the boat?"), columns(cards)), "tells_time") == [0.0, 0.0]


def test_question_for_a_place_prefers_memories_that_name_one() -> None:
    cards = [Card("I live with a dog", axis(0)), Card("I moved to Lisbon in May and I collect old clocks", axis(0))]
    store = columns(cards)
    assert by_row(rank(ask("Where is she?", axis(0)), store), "tells_place")[1] > 0
    assert by_row(rank(ask("Why is she?", axis(0)), store), "tells_place") == [0.0, 0.0]


def test_question_for_a_name_prefers_memories_that_have_one() -> None:
    store = columns([Card("I read a book", axis(0)), Card("I finished reading Middlemarch", axis(0))])
    assert by_row(rank(ask("What book is it?", axis(0)), store), "tells_name")[1] > 0
    assert by_row(rank(ask("Why is it?", axis(0)), store), "tells_name") == [0.0, 0.0]


def test_what_a_person_said_comes_before_what_an_assistant_said() -> None:
    cards = [Card("tea", by_person=False), Card("tea")]
    assert rank(ask("tea"), columns(cards)).indices.tolist() == [1, 0]
    assert by_row(rank(ask("tea"), columns([Card("tea")] * 2)), "by_person") == [0.0, 0.0]


def test_facts_of_one_message_lend_each_other_nothing() -> None:
    limit, outsourced = "Our limit is 1,000 euros per van", "Our IT is outsourced"
    cards = [Card(text, conversation="one", position=0) for text in (limit, outsourced)]
    together = rank(ask("What is the limit per van?"), columns(cards))
    alone = rank(ask("What is the limit per van?"), columns([Card(limit), Card(outsourced)]))
    assert together.indices.tolist() == alone.indices.tolist() == [0, 1]
    assert together.scores.tolist() == pytest.approx(alone.scores.tolist())
    assert together.scores[0] > 0.3
    assert together.scores[1] < 0.1


def test_words_beside_a_memory_in_its_message_find_it_less_than_its_own() -> None:
    cards = [Card("I sold it", context="the old boat"), Card("I sold the boat"), Card("I sold it")]
    ranking = rank(ask("the old boat"), columns(cards))
    assert by_row(ranking, "words")[0] == 0.0
    window = by_row(ranking, "window")
    assert window[0] > window[2] == 0.0
    beside, own, _ = by_row(rank(ask("boat"), columns(cards)), "window")
    assert own > beside


def test_long_turn_lends_no_words() -> None:
    long = " ".join(["boat", *(f"word{number}" for number in range(LENDING_TERMS))])
    for text, lends in ((long, False), ("boat", True)):
        talk = [Card(text, conversation="one", position=0), Card("tea", conversation="one", position=1)]
        assert (by_row(rank(ask("boat"), columns(talk)), "window")[1] > 0) is lends


def test_cosine_counts_from_the_zero_of_the_question() -> None:
    store = columns([Card("tea", axis(0)), Card("tea")])
    ranking = rank(ask("", axis(0), zero=0.4), store, only("cosine"))
    assert by_row(ranking, "cosine") == pytest.approx([0.6, 0.0], abs=1e-5)


def test_question_is_taken_without_names_only_if_speakers_have_them() -> None:
    cards = [Card("boat", axis(0), speaker="Anna"), Card("tea", axis(1), speaker="Bo")]
    asked, nameless = np.array(axis(0), np.float32), np.array(axis(1), np.float32)
    for name, best in (("Anna", 1), ("Lisbon", 0)):
        query = Query.read("x", [Wording(asked), Wording(nameless, removed=terms(name))], NOW)
        query = replace(query, terms=terms(name))
        assert rank(query, columns(cards), only("cosine")).indices[0] == best


@pytest.mark.parametrize("n", [1, 3])
def test_unrelated_memories_score_under_the_usual_threshold(n: int) -> None:
    cards = [Card("I live in Porto"), Card("I prefer tea"), Card("My son is called Rui")][:n]
    assert (rank(ask("banana", axis(1), zero=0.1), columns(cards)).scores < 0.1).all()


def test_lone_fact_scores_the_same_with_and_without_a_conversation() -> None:
    card = Card("I moved to Lisbon", axis(0))
    alone = rank(ask("Lisbon", axis(0)), columns([card])).scores
    assert rank(ask("Lisbon", axis(0)), columns([replace(card, conversation="one", position=3)])).scores == alone


def test_memory_without_an_embedding_is_found_by_its_words() -> None:
    assert found(ask("clock", axis(0)), [Card("boat", axis(1)), Card("clock")], k=1) == ["clock"]


def test_words_of_a_very_long_query_are_bounded_to_the_rarest() -> None:
    common = [f"word{number}" for number in range(MAX_QUERY_TERMS)]
    cards = [Card(" ".join(common))] * 3 + [Card("zebra")]
    ranking = rank(ask(" ".join([*common, *(f"absent{n}" for n in range(99)), "zebra"])), columns(cards), PLAIN)
    assert ranking.parts["words"][ranking.indices.tolist().index(3)] > 0


def test_rows_in_any_order_are_joined_to_conversations() -> None:
    talk = [Card("", conversation=name, position=position) for position in (2, 0, 1) for name in ("two", "one")]
    order = conversation_order(columns(talk)).tolist()
    assert {tuple(order[:3]), tuple(order[3:])} == {(2, 4, 0), (3, 5, 1)}


@given(st.lists(directions, max_size=5))
def test_quantised_components_are_within_half_a_step(vectors: list[tuple[float, ...]]) -> None:
    exact: NDArray[np.float32] = np.array(vectors, np.float32).reshape(-1, DIMENSIONS)
    values, scales = quantise(exact)
    assert (np.abs(values * scales[:, None] - exact) <= scales[:, None] * 0.5001).all()


def test_weights_name_every_signal() -> None:
    assert set(SIGNALS) == set(rank(ask("tea"), columns([Card("tea")])).parts)
