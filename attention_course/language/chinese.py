"""The words of the two languages: English-like on one side, Chinese on the other."""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """A noun of both languages; `measure` is the measure word that Chinese puts between a number and it."""

    plural: str
    chinese: str
    measure: str


class Verb(NamedTuple):
    """A verb: its form after he or she, and its Chinese words."""

    third: str
    chinese: str


PRONOUNS = {"i": "我", "you": "你", "he": "他", "she": "她", "we": "我们", "they": "他们"}
AS_OBJECT = {"i": "me", "you": "you", "he": "him", "she": "her", "we": "us", "they": "them"}
PEOPLE = {
    "teacher": Noun("teachers", "老师", "位"),
    "friend": Noun("friends", "朋友", "个"),
    "child": Noun("children", "孩子", "个"),
    "doctor": Noun("doctors", "医生", "位"),
    "student": Noun("students", "学生", "个"),
}
THINGS = {
    "book": Noun("books", "书", "本"),
    "apple": Noun("apples", "苹果", "个"),
    "cup": Noun("cups", "杯子", "个"),
    "picture": Noun("pictures", "画", "张"),
    "table": Noun("tables", "桌子", "张"),
    "cat": Noun("cats", "猫", "只"),
    "bird": Noun("birds", "鸟", "只"),
    "letter": Noun("letters", "信", "封"),
    "horse": Noun("horses", "马", "匹"),
    "fish": Noun("fish", "鱼", "条"),
}
NUMBERS = {"two": "两", "three": "三", "five": "五"}
VERBS = {
    "love": Verb("loves", "爱"),
    "see": Verb("sees", "看见"),
    "like": Verb("likes", "喜欢"),
    "draw": Verb("draws", "画"),
    "buy": Verb("buys", "买"),
    "know": Verb("knows", "认识"),
    "look for": Verb("looks for", "找"),
    "sell": Verb("sells", "卖"),
    "look after": Verb("looks after", "照 顾"),
}
VERBS_OF_PEOPLE = ("love", "see", "like", "draw", "know", "look for")
VERBS_OF_THINGS = ("love", "see", "like", "draw", "buy", "sell", "look for")
TIMES = {"today": "今天", "tomorrow": "明天", "every day": "每天", "this evening": "今晚"}
PLACES = {"school": "学校", "home": "家", "market": "市场", "park": "公园", "library": "图书馆"}
ADJECTIVES = {"big": ("大", "大"), "small": ("小", "小"), "old": ("老", "旧"), "new": ("新", "新")}
ADJECTIVES |= {"beautiful": ("漂亮", "漂亮")}
"""(of people, of things): old people are 老, old things 旧."""
JOINING = {"and": "，", "but": "但是"}

VARIANTS = {
    "看见": (("看见", 0.5), ("看到", 0.5)),
    "找": (("找", 0.6), ("寻找", 0.4)),
    "照 顾": (("照 顾", 0.4), ("看 护", 0.2), ("看 管", 0.2), ("看 着", 0.2)),
}
"""What English leaves open, with its probabilities. 照顾 is the most probable word, 看 the most probable beginning."""

GLOSSES = {
    "我": "I", "你": "you", "他": "he", "她": "she", "我们": "we", "他们": "they", "一": "one", "这": "this",
    "两": "two", "三": "three", "五": "five", "爱": "love", "看见": "see", "看到": "see", "喜欢": "like", "买": "buy",
    "认识": "know", "找": "look for", "寻找": "look for", "卖": "sell", "照": "look-", "顾": "-after", "看": "look-",
    "护": "-guard", "管": "-manage", "着": "-on", "老师": "teacher", "朋友": "friend", "孩子": "child",
    "医生": "doctor", "学生": "student", "书": "book", "苹果": "apple", "杯子": "cup", "画": "picture/draw",
    "桌子": "table", "猫": "cat", "鸟": "bird", "信": "letter", "马": "horse", "鱼": "fish", "位": "measure",
    "个": "measure", "本": "measure", "张": "measure", "只": "measure", "封": "measure",
    "匹": "measure", "条": "measure", "的": "'s/that", "在": "at", "吗": "?", "，": "and", "但是": "but",
    "今天": "today", "明天": "tomorrow", "每天": "every day", "今晚": "this evening", "学校": "school", "家": "home",
    "市场": "market", "公园": "park", "图书馆": "library", "大": "big", "小": "small", "老": "old (people)",
    "旧": "old (things)", "新": "new", "漂亮": "beautiful",
}  # fmt: skip
"""What each Chinese word means, for readers who know none."""
