"""What a Notion page says, both ways: by Notion's own Markdown and block by block."""

from collections.abc import AsyncIterator

import pytest

from connectors.errors import DocumentUnreadable
from connectors.model import Entry
from connectors.notion_inline import inline
from connectors.notion_markdown import convert, leaves_out
from connectors.notion_text import markdown
from ingest.parse.markdown import parse_markdown
from tests.notion import NotionWorld, notion_world
from tests.vendors.notion import MISSING
from tests.vendors.notion_blocks import (
    FakeBlock,
    bookmark,
    callout,
    code,
    columns,
    copy_of,
    equation,
    external,
    hosted,
    paragraph,
    rich,
    synced,
    table,
    text,
)

SEEN = [
    ("heading", 1, "Big [x] *y*"),
    ("paragraph", 0, "Two with 5 * 3, a_b_c, <tag> & | {x} from $5 to $6"),
    ("paragraph", 0, "See the site or a|b E=mc^2"),
    ("list_item", 1, "outer"),
    ("list_item", 2, "inner"),
    ("list_item", 2, "below inner"),
    ("code", 0, "x = 1\n\ny = 2"),
    ("list_item", 3, "[x] do it"),
    ("list_item", 1, "1. first"),
    ("list_item", 1, "2. second"),
    ("paragraph", 0, "Line one\nLine two"),
    ("paragraph", 0, "within the quote"),
    ("paragraph", 0, "💡 Careful"),
    ("list_item", 1, "in the callout"),
    ("paragraph", 0, "More?"),
    ("paragraph", 0, "folded"),
    ("table", 0, "a | b\n1 | x|y"),
    ("table", 0, "no | header\nq | r"),
    ("paragraph", 0, "left"),
    ("heading", 2, "right"),
    ("code", 0, "if a < b:\n\tprint('```')\n<callout>"),
    ("code", 0, "x_1 * 2"),
    ("paragraph", 0, "a.pdf"),
    ("paragraph", 0, "a picture"),
    ("paragraph", 0, "1. no list"),
    ("paragraph", 0, "# no heading"),
    ("paragraph", 0, "two\nlines"),
]


@pytest.fixture
async def world() -> AsyncIterator[NotionWorld]:
    async with notion_world() as made:
        yield made


def everything() -> list[FakeBlock]:
    see = [*rich("See "), *rich("the site", "https://x.org/a_(b)"), *rich(" or ")]
    picture = {"type": "external", "external": {"url": "https://e.org/i.png"}}
    inner = [paragraph("below inner"), code("x = 1\n\ny = 2"), text("to_do", "do it", checked=True)]
    return [
        text("heading_1", "Big [x] *y*"),
        paragraph("Two with 5 * 3, a_b_c, <tag> & | {x} from $5 to $6"),
        paragraph([*see, *rich("a|b", code=True), *rich(" "), *equation("E=mc^2")]),
        text("bulleted_list_item", "outer", text("bulleted_list_item", "inner", *inner)),
        text("numbered_list_item", "first"),
        text("numbered_list_item", "second"),
        text("quote", "Line one\nLine two", paragraph("within the quote")),
        callout("Careful", text("bulleted_list_item", "in the callout")),
        text("toggle", "More?", paragraph("folded"), table([("a", "b"), ("1", "x|y")])),
        table([("no", "header"), ("q", "r")], header=False),
        columns([paragraph("left")], [text("heading_2", "right")]),
        code("if a < b:\n\tprint('```')\n<callout>"),
        FakeBlock("equation", {"expression": "x_1 * 2"}),
        FakeBlock("divider", {}),
        external("https://e.org/a.pdf", "pdf"),
        FakeBlock("image", {"caption": rich("a picture"), **picture}),
        paragraph(""),
        paragraph("1. no list"),
        paragraph("# no heading"),
        paragraph("two\nlines"),
    ]


async def test_both_ways_say_the_same(world: NotionWorld) -> None:
    world.workspace.put("Everything", *everything())
    assert await _read(world, "Everything") == SEEN
    assert not _walked(world)
    # A bookmark is nothing that the Markdown has words for.
    address = "https://e.org/help"
    world.workspace.put("Everything", *everything(), bookmark(address))
    assert await _read(world, "Everything") == [*SEEN, ("paragraph", 0, address)]
    assert _walked(world)


async def test_the_properties_of_a_row_stand_above_its_text(world: NotionWorld) -> None:
    world.workspace.table("Answers")
    world.workspace.row("Change of address", "Answers", _properties(), "In your account.")
    assert await _read(world, "Change of address") == [
        ("list_item", 1, "Due: 2026-01-02 → 2026-01-05"),
        ("list_item", 1, "Owners: Ada, Bob"),
        ("list_item", 1, "Price: 1234567.89"),
        ("list_item", 1, "Reviewed: yes"),
        ("list_item", 1, "Status: In review"),
        ("list_item", 1, "Sum: 3"),
        ("list_item", 1, "Tags: a_b, c"),
        ("list_item", 1, "Text: more *here*"),
        ("list_item", 1, "Ticket: HELP-7"),
        ("paragraph", 0, "In your account."),
    ]


async def test_a_markdown_that_was_cut_off_is_not_taken(world: NotionWorld) -> None:
    world.workspace.put("Long", *(f"line {number}" for number in range(250)))
    world.workspace.cut.add(world.ref("Long"))
    said = await _read(world, "Long")
    assert said[-1] == ("paragraph", 0, "line 249")
    assert len(said) == 250


async def test_parts_that_were_left_out_are_put_where_they_belong(world: NotionWorld) -> None:
    part = text("toggle", "a part", paragraph("inside"))
    world.workspace.put("Large", "before", text("bulleted_list_item", "item", part), "after")
    world.workspace.withheld.add(part.id)
    said = [words for _, _, words in await _read(world, "Large")]
    assert said == ["before", "item", "a part", "inside", "after"]
    assert not _walked(world)
    # What cannot be had by itself is read with the blocks.
    world.faults.order(MISSING, below=f"/v1/pages/{part.id}", times=None)
    assert [words for _, _, words in await _read(world, "Large")] == said
    assert _walked(world)


async def test_a_page_whose_markdown_is_empty_by_mistake_is_read_all_the_same(
    world: NotionWorld,
) -> None:
    world.workspace.put("Page", "still here")
    world.workspace.blank.add(world.ref("Page"))
    assert ("paragraph", 0, "still here") in await _read(world, "Page")


async def test_an_empty_page_is_its_title(world: NotionWorld) -> None:
    world.workspace.put("Title only")
    assert await _read(world, "Title only") == [("heading", 1, "Title only")]


async def test_synced_blocks_show_their_original_once(world: NotionWorld) -> None:
    original = synced(paragraph("shared words"))
    original.children.append(copy_of(original.id))
    world.workspace.put("Original", original)
    world.workspace.put("Copy", "before", copy_of(original.id))
    assert await _read(world, "Copy") == [
        ("paragraph", 0, "before"),
        ("paragraph", 0, "shared words"),
    ]


async def test_a_page_with_a_part_that_is_not_shared_fails_whole(world: NotionWorld) -> None:
    original = synced(paragraph("shared words"))
    world.workspace.put("Original", original)
    world.workspace.put("Copy", "before", copy_of(original.id))
    world.workspace.unshare("Original")
    with pytest.raises(DocumentUnreadable, match="not shared"):
        await world.connector().fetch(Entry(world.ref("Copy"), ""))


async def test_blocks_nested_without_end_fail_the_page(world: NotionWorld) -> None:
    block = paragraph("deepest")
    for _ in range(60):
        block = text("toggle", "deeper", block)
    world.workspace.put("Deep", block, bookmark("https://e.org"))
    with pytest.raises(DocumentUnreadable, match="deep"):
        await world.connector().fetch(Entry(world.ref("Deep"), ""))


async def test_files_that_notion_keeps_lead_nowhere_and_others_do(world: NotionWorld) -> None:
    kept = hosted("plan.pdf", "pdf")
    world.workspace.put("Files", kept, external("https://e.org/x.zip", name="x.zip"))
    world.workspace.keep(kept, b"%PDF")
    document = await world.connector().fetch(Entry(world.ref("Files"), ""))
    assert "plan.pdf" in document.content.decode()
    assert "Amz" not in document.content.decode()
    assert "[x.zip](https://e.org/x.zip)" in document.content.decode()


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ('Ask <mention-user url="user://1">Ada</mention-user>', "Ask @Ada"),
        ('<mention-page url="https://n.so/1">Refunds</mention-page>', "[Refunds](https://n.so/1)"),
        ('<mention-page url="https://n.so/1"/>', "<https://n.so/1>"),
        ('By <mention-date start="2026-01-02" end="2026-01-03"/>', "By 2026-01-02 → 2026-01-03"),
        ('<span color="red">red **now**</span> {color="blue"}', "red **now**"),
        ("`<span>` stays", "`<span>` stays"),
        (r"\<span\> stays", r"\<span\> stays"),
        ("from $`x<y`$ and $a_b$", "from `x<y` and `a_b`"),
        ("one<br>two", "one\ntwo"),
        ("`a<br>b` stays", "`a<br>b` stays"),
        ("`__init__` and __init__", r"`__init__` and \_\_init\_\_"),
        ("&lt; & R&D;", r"\&lt; & R\&D;"),
        ("![plan](https://s3.amazonaws.com/i(1).png?X-Amz-Date=1)", "plan"),
        ('<odd-tag x="1">kept</odd-tag> <other/>', "kept "),
    ],
)
def test_tags_of_notion_leave_their_words(said: str, seen: str) -> None:
    assert inline(said) == seen


def test_what_stands_below_text_is_no_code() -> None:
    source = "Outer\n\tInner\n\t\tInnermost\n▶ Toggle\n\t- item\n\t\t```\n\t\t\tcode\n\t\t```\nLast"
    parsed = parse_markdown(convert(source))
    assert [parsed.text[one.start : one.end] for one in parsed.blocks] == [
        "Outer",
        "Inner",
        "Innermost",
        "Toggle",
        "item",
        "\tcode",
        "Last",
    ]


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("call __init__ and _private_", ["call __init__ and _private_"]),
        ("write &lt;b&gt;", ["write &lt;b&gt;"]),
        ("a<br># b", ["a\n# b"]),
        ("a<br>- b", ["a\n- b"]),
        ("Title<br>---", ["Title\n---"]),
        ("+ plus", ["+ plus"]),
        ("1) one", ["1) one"]),
        ("- # no heading", ["# no heading"]),
        ("- one<br>- two", ["one\n- two"]),
        ("> a<br># b", ["a\n# b"]),
        ("# one<br>two", ["one two"]),
        ("# In C #", ["In C #"]),
        ("<details>\n<summary># 1</summary>\n</details>", ["# 1"]),
        ("https://e.org/__a__/b", ["https://e.org/__a__/b"]),
        ('<callout icon="💡">\n\t# Head\n\ttext\n</callout>', ["Head", "text"]),
        ("<table>\n<tr>\n<td>x<br>y</td>\n<td>`a_b`</td>\n</tr>\n</table>", ["x y | a_b"]),
    ],
)
def test_words_that_are_signs_to_others_alone_stay_words(source: str, seen: list[str]) -> None:
    parsed = parse_markdown(convert(source))
    assert [parsed.text[one.start : one.end] for one in parsed.blocks] == seen


def test_a_call_before_a_link_makes_no_picture_of_it() -> None:
    assert markdown([*rich("Now!"), *rich("go", "https://e.org")]) == r"Now\![go](https://e.org)"


def test_code_beside_code_is_one() -> None:
    assert markdown([*rich("a`", code=True), *rich("b", code=True, bold=True)]) == "``a`b``"


def test_a_part_that_is_missing_within_a_line_is_noticed() -> None:
    assert leaves_out('- <unknown url="https://n.so/x" alt="form"/>')
    assert not leaves_out(r"\<unknown\> is a tag")


async def test_a_picture_anywhere_shows_its_caption_alone(world: NotionWorld) -> None:
    picture = external("https://e.org/a (1).png", "image")
    titled = external("https://e.org/b (1).png", "image")
    titled.said["caption"] = rich("a plan")
    world.workspace.put("Pictures", "words", picture, titled, bookmark("https://e.org"))
    said = [words for _, _, words in await _read(world, "Pictures")]
    assert said == ["words", "a plan", "https://e.org"]


def test_a_thousand_tabs_do_no_harm() -> None:
    source = "\n".join("\t" * depth + "deep" for depth in range(1000))
    assert convert(source).count("deep") == 1000


def _properties() -> dict[str, object]:
    people = [{"object": "user", "name": "Ada"}, {"object": "user", "name": "Bob"}]
    said: dict[str, tuple[str, object]] = {
        "Status": ("status", {"name": "In review"}),
        "Tags": ("multi_select", [{"name": "a_b"}, {"name": "c"}]),
        "Price": ("number", 1234567.89),
        "Reviewed": ("checkbox", True),
        "Due": ("date", {"start": "2026-01-02", "end": "2026-01-05"}),
        "Owners": ("people", people),
        "Text": ("rich_text", rich("more *here*")),
        "Ticket": ("unique_id", {"prefix": "HELP", "number": 7}),
        "Sum": ("rollup", {"type": "number", "number": 3, "function": "sum"}),
        "Empty": ("url", None),
        "Related": ("relation", [{"id": "x"}]),
    }
    return {
        name: {"id": name[:2], "type": kind, kind: value} for name, (kind, value) in said.items()
    }


async def _read(world: NotionWorld, name: str) -> list[tuple[str, int, str]]:
    document = await world.connector().fetch(Entry(world.ref(name), ""))
    assert document.media_type == "text/markdown"
    parsed = parse_markdown(document.content.decode())
    return [(one.kind.value, one.level, parsed.text[one.start : one.end]) for one in parsed.blocks]


def _walked(world: NotionWorld) -> bool:
    return any("/children" in one for one in world.asked())
