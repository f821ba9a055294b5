"""The page `/phones`: several people's phones side by side, live.

It shows what the simulated carrier holds and lets one type as anybody. It reads and writes nothing else.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

import phonenumbers
from aiohttp import hdrs, web

from channels.sms.errors import meaning_of_failure
from footbridge.phones.simulator import CarrierConfig, Simulator
from footbridge.phones.store import INBOUND, Filter, Handset, Text

HEARTBEAT_SECONDS = 4.0
HISTORY = 3000  # texts on all phones together
PEOPLE_SECONDS = 10.0  # how long the list of people is believed before it is read again
MAX_BODY = 1600  # characters

_ASSETS = {
    "phones.css": "text/css",
    "phones.js": "text/javascript",
    "phones.svg": "image/svg+xml",
}

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class PhonePerson:
    """Somebody with a phone. `role` is 'student', 'employer' (or 'champion'), 'guardian', 'coordinator' or '';
    `about` one short line of who that is."""

    number: str
    name: str
    role: str = ""
    about: str = ""


async def _nobody() -> list[PhonePerson]:
    return []


@dataclass(frozen=True, kw_only=True)
class PhonesConfig(CarrierConfig):
    """The simulated account, and who is shown. `first_shown` are numbers; where one is not among the
    people, the first student, employer or guardian takes its place."""

    people: Callable[[], Awaitable[list[PhonePerson]]] = _nobody
    timezone: str = "America/New_York"
    first_shown: tuple[str, ...] = ("+13055550101", "+13055550103", "+13055550102")


def page_routes(simulator: Simulator, config: PhonesConfig) -> list[web.RouteDef]:
    page = _Page(simulator, config)
    return [
        web.get("/phones", page.show),
        web.get("/phones/assets/{name}", page.asset),
        web.get("/phones/state", page.state),
        web.get("/phones/events", page.events, allow_head=False),
        web.post("/phones/texts", page.type),
        web.post("/phones/people", page.add),
        web.post("/phones/switch", page.switch),
    ]


class _Page:
    def __init__(self, simulator: Simulator, config: PhonesConfig) -> None:
        self._simulator = simulator
        self._config = config
        self._known: list[PhonePerson] = []
        self._known_until = 0.0

    async def show(self, _request: web.Request) -> web.Response:
        return web.Response(text=_static("phones.html"), content_type="text/html", headers=_HEADERS)

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _ASSETS:
            raise web.HTTPNotFound
        return web.Response(text=_static(name), content_type=_ASSETS[name], charset="utf-8", headers=_HEADERS)

    async def state(self, _request: web.Request) -> web.Response:
        """Everything the page needs to draw itself. Times are the installation's clock."""
        people = await self._people()
        texts: dict[str, list[dict[str, Any]]] = {person["number"]: [] for person in people}
        for text in reversed(await self._simulator.store.list(Filter(), HISTORY)):
            texts.setdefault(text.person, []).append(_shown(text))
        body = {
            "ours": self._config.our_number,
            "people": people,
            "first_shown": self._first_shown(people),
            "stopped": list(await self._simulator.store.blocked_numbers()),
            "texts": texts,
            **await self._pulse(people),
        }
        return web.json_response(body, headers={**_HEADERS, "Cache-Control": "no-store"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `text`, `person` and, every few seconds, `pulse`."""
        headers = {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
        stream = web.StreamResponse(headers={**_HEADERS, **headers})
        queue = self._simulator.hub.listen()
        try:
            await stream.prepare(request)
            await _send(stream, "pulse", await self._pulse(await self._people()))
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await _send(stream, "pulse", await self._pulse(await self._people()))
                    continue
                if news is None:
                    return stream
                await self._tell(stream, news)
        except ConnectionResetError:
            return stream
        finally:
            self._simulator.hub.leave(queue)

    async def type(self, request: web.Request) -> web.Response:
        """Texts as a person: `{"from", "body", "pictures"}`."""
        asked = await _json(request)
        body, pictures = asked.get("body", ""), asked.get("pictures", 0)
        if not isinstance(body, str) or pictures not in (0, 1):
            raise _refuse("A text is words, or a picture.")
        body = body.replace("\x00", "")
        if not body.strip() and not pictures:
            raise _refuse("There is nothing to send.")
        if len(body) > MAX_BODY:
            raise _refuse(f"A text has at most {MAX_BODY} characters.")
        text = await self._simulator.type(_number(asked.get("from")), body, pictures=pictures)
        return web.json_response(_shown(text), status=201)

    async def add(self, request: web.Request) -> web.Response:
        """Adds a phone: `{"name", "number"}`. It is remembered."""
        asked = await _json(request)
        number, name = _number(asked.get("number")), asked.get("name")
        if not isinstance(name, str) or not name.strip() or len(name) > 40 or not name.isprintable():
            raise _refuse("A name of up to 40 letters is needed.")
        if number == self._config.our_number:
            raise _refuse("That is Footbridge's own number.")
        for person in await self._people():
            if person["number"] == number:
                return web.json_response(person)
        handset = Handset(number, name.strip(), "", added=True)
        await self._simulator.store.save_handset(handset)
        self._simulator.hub.tell(handset)
        return web.json_response(await self._person(number), status=201)

    async def switch(self, request: web.Request) -> web.Response:
        """Switches a phone off or on: `{"number", "off"}`. Texts to one that is off are not delivered."""
        asked = await _json(request)
        number, off = _number(asked.get("number")), asked.get("off")
        person = await self._person(number)
        if person is None or not isinstance(off, bool):
            raise _refuse("No such phone.")
        handset = Handset(number, person["name"], person["role"], off, person["added"])
        await self._simulator.store.save_handset(handset)
        self._simulator.hub.tell(handset)
        return web.json_response(await self._person(number))

    async def _people(self) -> list[dict[str, Any]]:
        """Everybody with a phone: the installation's people, then those added here."""
        kept = {handset.number: handset for handset in await self._simulator.store.handsets()}
        known = await self._installed()
        rows = [_person(person, kept.get(person.number)) for person in known]
        numbers = {person.number for person in known}
        added = [handset for handset in kept.values() if handset.added and handset.number not in numbers]
        return rows + [_person(PhonePerson(h.number, h.name, h.role, "added here"), h) for h in added]

    async def _installed(self) -> list[PhonePerson]:
        """The installation's people, one entry a number: those who share a phone are named together."""
        now = asyncio.get_running_loop().time()
        if now >= self._known_until:
            by_number: dict[str, PhonePerson] = {}
            for person in await self._config.people():
                other = by_number.get(person.number)
                by_number[person.number] = _together(other, person) if other else person
            self._known, self._known_until = list(by_number.values()), now + PEOPLE_SECONDS
        return self._known

    async def _person(self, number: str) -> dict[str, Any] | None:
        return next((person for person in await self._people() if person["number"] == number), None)

    def _first_shown(self, people: list[dict[str, Any]]) -> list[str]:
        numbers = [person["number"] for person in people]
        shown = [number for number in self._config.first_shown if number in numbers]
        for role in ("student", "employer", "guardian"):
            if not any(p["role"] == role for p in people if p["number"] in shown):
                shown += [p["number"] for p in people if p["role"] == role][:1]
        return shown

    async def _pulse(self, people: list[dict[str, Any]]) -> dict[str, Any]:
        """The clock, and two marks by which an open page sees that it must be drawn anew."""
        last = await self._simulator.store.list(Filter(), 1)
        return {
            "now": (await self._simulator.config.clock()).isoformat(),
            "timezone": self._config.timezone,
            "people_mark": sha256(json.dumps(people).encode()).hexdigest()[:16],
            "last_seq": last[0].seq if last else 0,
        }

    async def _tell(self, stream: web.StreamResponse, news: Text | Handset) -> None:
        if isinstance(news, Text):
            stopped = news.person in await self._simulator.store.blocked_numbers()
            await _send(stream, "text", {**_shown(news), "stopped": stopped})
        else:
            await _send(stream, "person", await self._person(news.number))


def _static(name: str) -> str:
    return files("footbridge.phones").joinpath("static", name).read_text("utf-8")


def _together(one: PhonePerson, other: PhonePerson) -> PhonePerson:
    if other.name in one.name.split(" and "):
        return one
    return PhonePerson(one.number, f"{one.name} and {other.name}", one.role, "a shared phone")


def _person(person: PhonePerson, handset: Handset | None) -> dict[str, Any]:
    role = "employer" if person.role == "champion" else person.role
    return {
        "number": person.number,
        "name": person.name,
        "role": role,
        "about": "" if person.about.lower() in (person.role, role) else person.about,
        "off": handset is not None and handset.switched_off,
        "added": handset is not None and handset.added,
    }


def _shown(text: Text) -> dict[str, Any]:
    """A text as the page draws it; `typed` tells the person's own from those that came."""
    failed = text.status in ("failed", "undelivered")
    return {
        "seq": text.seq,
        "sid": text.sid,
        "number": text.person,
        "typed": text.direction == INBOUND,
        "body": text.body,
        "pictures": text.pictures,
        "segments": text.segments,
        "status": text.status,
        "why": meaning_of_failure(str(text.error_code or "")).why if failed else "",
        "note": text.note,
        "at": text.clock_at.isoformat(),
    }


def _number(given: object) -> str:
    """The number in E.164; North American ones may be written without a country code."""
    try:
        parsed = phonenumbers.parse(given if isinstance(given, str) else "", "US")
    except phonenumbers.NumberParseException:
        raise _refuse("That is not a phone number.") from None
    if not phonenumbers.is_possible_number(parsed):
        raise _refuse("That is not a phone number.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


async def _json(request: web.Request) -> dict[str, Any]:
    """The request's JSON object. Another site cannot send this content type without asking first."""
    if request.content_type != "application/json":
        raise _refuse("JSON is expected.")
    try:
        asked = await request.json()
    except ValueError:
        raise _refuse("JSON is expected.") from None
    if not isinstance(asked, dict):
        raise _refuse("A JSON object is expected.")
    return asked


def _refuse(reason: str) -> web.HTTPBadRequest:
    body = json.dumps({"error": reason})
    return web.HTTPBadRequest(
        text=body, content_type="application/json", headers={hdrs.CACHE_CONTROL: "no-store"}
    )


async def _send(stream: web.StreamResponse, event: str, data: object) -> None:
    await stream.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
