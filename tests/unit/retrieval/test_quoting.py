"""The sentence that a citation quotes."""

from threadkeep.retrieval.quoting import quote

TEXT = "The sea is salty. Tea is drunk hot in Oslo! 茶は熱い。Coffee too\nand a last line"


def test_the_sentence_with_most_of_the_words_is_quoted_as_it_stands():
    assert quote(TEXT, ["hot tea", "Oslo"]) == "Tea is drunk hot in Oslo!"


def test_a_sentence_may_end_as_in_chinese_or_japanese():
    assert quote(TEXT, ["茶は熱い"]) == "茶は熱い。"


def test_a_sentence_may_run_over_lines():
    text = "Tyres\n\nPump the rear tyre\nto 5 bar. Never\nmore.\nÖl\nändert nichts"
    assert quote(text, ["bar"]) == "Pump the rear tyre\nto 5 bar."
    assert quote(text, ["nichts"]) == "Öl\nändert nichts"
    assert quote(text, ["tyres"]) == "Tyres"


def test_the_first_sentence_stands_for_a_text_that_has_none_of_the_words():
    assert quote(TEXT, ["whales"]) == "The sea is salty."


def test_a_long_sentence_is_cut():
    assert quote("word " * 1000, ["word"]) == ("word " * 60)


def test_nothing_can_be_quoted_of_nothing():
    assert quote("", ["word"]) == ""
