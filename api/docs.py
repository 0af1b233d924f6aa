"""/docs: the OpenAPI document as one page that loads nothing from anywhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1rem}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:.4rem}
summary{cursor:pointer;padding:.4rem 0}
table{border-collapse:collapse;width:100%}
td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8883}
.verb{display:inline-block;min-width:4.5rem;font-weight:700}
.says{opacity:.75}
details details{margin-left:1rem}
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><h1>{title} <small class="says">{version}</small></h1><p>{about}</p>
<p>For machines: <a href="/openapi.json">/openapi.json</a></p>
<main>{groups}</main><h2>Shapes</h2>{shapes}</body></html>"""

Node = Mapping[str, Any]


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Show every call with its fields and examples."""
    page = render_docs(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def render_docs(document: Node) -> str:
    """Write the OpenAPI document for people."""
    schemas = document["components"]["schemas"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            tag = operation.get("tags", ["other"])[0]
            groups.setdefault(tag, []).append(_operation(verb, path, operation, schemas))
    about = escape(document["info"].get("description", "")).replace("\n\n", "</p><p>")
    return _PAGE.format(
        title=escape(document["info"]["title"]),
        version=escape(document["info"]["version"]),
        style=_STYLE,
        about=about,
        groups="".join(f"<h2>{escape(tag)}</h2>{''.join(calls)}" for tag, calls in groups.items()),
        shapes="".join(_shape(name, schema) for name, schema in sorted(schemas.items())),
    )


def _operation(verb: str, path: str, operation: Node, schemas: Node) -> str:
    called = f'<span class="verb">{verb.upper()}</span><code>{escape(path)}</code>'
    parts = [
        f"<details><summary>{called} {_quiet(escape(operation['summary']))}</summary>",
        f"<p>{escape(operation.get('description', ''))}</p>",
        _parameters(operation.get("parameters", [])),
        _sent(operation, schemas),
        *_responses(operation["responses"], schemas),
        "</details>",
    ]
    return "".join(parts)


def _parameters(parameters: list[Node]) -> str:
    rows = "".join(
        _row(
            one["name"],
            f"{one['in']}, {_kind(one['schema'])}",
            _says(one),
            needed=one.get("required", False),
        )
        for one in parameters
    )
    return f"<table>{rows}</table>" if rows else ""


def _sent(operation: Node, schemas: Node) -> str:
    bodies = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<h4>Send <code>{escape(media)}</code></h4>{_content(content, schemas)}"
        for media, content in bodies.items()
    )


def _responses(responses: Node, schemas: Node) -> Iterator[str]:
    yield "<h4>Answers</h4>"
    for status, response in sorted(responses.items()):
        says = escape(response.get("description", ""))
        shown = "".join(
            _content(content, schemas) for content in response.get("content", {}).values()
        )
        if status.startswith("2"):
            yield f"<p><b>{status}</b> {says}</p>{shown}"
        else:
            yield f"<p><b>{status}</b> {says}</p>"


def _content(content: Node, schemas: Node) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    example = content.get("example") or (schemas[name].get("examples", [None])[0] if name else None)
    link = f'<a href="#{escape(name)}">{escape(name)}</a>' if name else ""
    return link + (_example(example) if example is not None else "")


def _shape(name: str, schema: Node) -> str:
    needed = schema.get("required", [])
    rows = "".join(
        _row(field, _kind(inner), _says(inner), needed=field in needed)
        for field, inner in schema.get("properties", {}).items()
    )
    example = schema.get("examples", [None])[0]
    shown = "" if example is None else _example(example)
    summary = f"<summary><code>{escape(name)}</code> {_quiet(_says(schema))}</summary>"
    return f'<details id="{escape(name)}">{summary}<table>{rows}</table>{shown}</details>'


def _row(name: str, kind: str, says: str, *, needed: bool) -> str:
    called = f"<code>{escape(name)}</code>{' *' if needed else ''}"
    return f"<tr><td>{called}</td><td>{escape(kind)}</td><td>{says}</td></tr>"


def _quiet(says: str) -> str:
    return f'<span class="says">{says}</span>'


def _kind(schema: Node) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    kind = str(schema.get("type", "any"))
    if "enum" in schema:
        kind = " | ".join(str(one) for one in schema["enum"])
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} from {schema['minimum']:,} to {schema['maximum']:,}"
    return kind


def _says(node: Node) -> str:
    return escape(str(node.get("description", "")))


def _example(example: object) -> str:
    shown = example if isinstance(example, str) else json.dumps(example, indent=2, default=str)
    return f"<pre>{escape(shown)}</pre>"
