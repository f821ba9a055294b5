"""The simulated carrier's behaviour: it accepts texts, delivers them, calls back, passes on what people
type, and keeps the rules of STOP and START. The wire is in `rest`, the page in `page`.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import aiohttp
import structlog

from channels.sms.signature import HEADER, sign
from channels.sms.webhooks import INBOUND_PATH
from conversations.texts.segments import measure
from footbridge.phones.faults import DELIVERY_TROUBLES, INBOUND_TROUBLES, Faults, Plan, Trouble
from footbridge.phones.store import FINAL, INBOUND, OUTBOUND, REPLY, Handset, Store, Text

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

CARRIER_REPLIES = {
    "stop": "You have successfully been unsubscribed. You will not receive any more messages from "
    "this number. Reply START to resubscribe.",
    "start": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "help": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
"""What Twilio itself answers by default; used only where the carrier, not the app, answers keywords."""

WEBHOOK_SECONDS = 15.0

log = structlog.get_logger(__name__)


async def _real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class CarrierConfig:
    """One simulated account.

    `base_url` is the app's public address, which is signed; `local_url` is where the app is reached from
    here, where that is another address. `keyword_replies` says who answers STOP, START and HELP: with 'app'
    one confirmation passes after a STOP. `delays` are the seconds from accepted to sent, from sent to
    delivered; `resume_after` those from a start to going on with what an earlier process left.
    """

    base_url: str
    account_sid: str
    auth_token: str
    our_number: str
    local_url: str = ""
    service_sid: str = ""
    keyword_replies: Literal["app", "carrier"] = "app"
    delays: tuple[float, float] = (0.25, 0.45)
    resume_after: float = 1.0
    clock: Callable[[], Awaitable[datetime]] = _real_time


@dataclass
class Hub:
    """Tells every open page what changed. A page that does not keep up is dropped and reloads."""

    listeners: set[asyncio.Queue[Text | Handset | None]] = field(default_factory=set)

    def listen(self) -> asyncio.Queue[Text | Handset | None]:
        queue: asyncio.Queue[Text | Handset | None] = asyncio.Queue(maxsize=500)
        self.listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[Text | Handset | None]) -> None:
        self.listeners.discard(queue)

    def tell(self, news: Text | Handset) -> None:
        for queue in list(self.listeners):
            if queue.full():
                self.listeners.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(news)

    def close(self) -> None:
        for queue in list(self.listeners):
            self.listeners.discard(queue)
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)


class Simulator:
    """A carrier account in this process. `start` takes up what an earlier process left under way."""

    def __init__(self, config: CarrierConfig, store: Store, faults: Faults | None = None) -> None:
        self.config = config
        self.store = store
        self.faults = faults or Faults()
        self.hub = Hub()
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=WEBHOOK_SECONDS), cookie_jar=aiohttp.DummyCookieJar()
        )
        for text in await self.store.unfinished():
            self._background(self._resume(text))

    async def stop(self) -> None:
        self.hub.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def accept(self, *, to: str, body: str, callback: str, service_sid: str) -> Text:
        """Takes one text from the app; its delivery goes on in the background."""
        text = await self._add(OUTBOUND, self.config.our_number, to, body, callback, service_sid)
        self._background(self._deliver(text, self.faults.take(DELIVERY_TROUBLES, to)))
        return text

    async def type(
        self, from_number: str, body: str, *, pictures: int = 0, sid: str = "", pass_on: bool = True
    ) -> Text:
        """What a person texts: stored, keywords obeyed, and passed on to the app in the background."""
        text = await self._add(INBOUND, from_number, self.config.our_number, body, pictures=pictures, sid=sid)
        await self._obey(from_number, body.strip().upper())
        trouble = self.faults.take(INBOUND_TROUBLES, from_number)
        if pass_on and (trouble is None or trouble.trouble is not Trouble.INBOUND_LOST):
            self._background(self._pass_on(text, twice=trouble is not None))
        return text

    def inbound_fields(self, text: Text) -> dict[str, str]:
        """The webhook form of one incoming text, as Twilio fills it."""
        fields = {
            "ToCountry": "US",
            "SmsMessageSid": text.sid,
            "NumMedia": str(text.pictures),
            "SmsSid": text.sid,
            "SmsStatus": "received",
            "Body": text.body,
            "FromCountry": "US",
            "To": text.to,
            "NumSegments": str(text.segments),
            "MessageSid": text.sid,
            "AccountSid": self.config.account_sid,
            "From": text.from_number,
            "ApiVersion": "2010-04-01",
        }
        if self.config.service_sid:
            fields["MessagingServiceSid"] = self.config.service_sid
        for index in range(text.pictures):
            fields[f"MediaContentType{index}"] = "image/jpeg"
            fields[f"MediaUrl{index}"] = f"https://api.twilio.com/media/{text.sid}/{index}"
        return fields

    async def post(self, url: str, fields: dict[str, str]) -> int:
        """Posts a signed webhook and returns its HTTP status; tried once more when no connection came about.

        Raises aiohttp.ClientError or TimeoutError when nobody answered.
        """
        assert self._session is not None, "the simulator has not been started"
        signature = sign(self.config.auth_token, url, fields)
        for attempt in (1, 2):
            try:
                async with self._session.post(
                    self._dial(url), data=fields, headers={HEADER: signature}, allow_redirects=False
                ) as answer:
                    await answer.read()
                    return answer.status
            except aiohttp.ClientConnectionError:
                if attempt == 2:
                    raise
                await asyncio.sleep(0.2)
        raise AssertionError("unreachable")

    def _dial(self, url: str) -> str:
        base = self.config.base_url.rstrip("/")
        if self.config.local_url and url.startswith(base + "/"):
            return self.config.local_url.rstrip("/") + url.removeprefix(base)
        return url

    async def _add(
        self,
        direction: str,
        from_number: str,
        to: str,
        body: str,
        callback: str = "",
        service_sid: str = "",
        pictures: int = 0,
        sid: str = "",
    ) -> Text:
        now = datetime.now(UTC)
        text = Text(
            sid=sid or ("MM" if pictures else "SM") + secrets.token_hex(16),
            direction=direction,
            from_number=from_number,
            to=to,
            body=body,
            status="received" if direction == INBOUND else "queued",
            created_at=now,
            updated_at=now,
            clock_at=await self.config.clock(),
            sent_at=now if direction == INBOUND else None,
            segments=measure(body).segments,
            pictures=pictures,
            callback=callback,
            service_sid=service_sid,
        )
        kept = await self.store.add(text)
        self.hub.tell(kept)
        return kept

    async def _obey(self, person: str, word: str) -> None:
        ours, by_app = self.config.our_number, self.config.keyword_replies == "app"
        reply = ""
        if word in STOP_WORDS:
            await self.store.block(ours, person, confirmation=by_app, at=datetime.now(UTC))
            reply = "stop"
        elif word in START_WORDS:
            reply = "start" if await self.store.unblock(ours, person) else ""
        elif word in HELP_WORDS:
            reply = "help"
        if reply and not by_app:
            text = await self._add(REPLY, ours, person, CARRIER_REPLIES[reply])
            self._background(self._deliver(text, None))

    async def _resume(self, text: Text) -> None:
        """Goes on with what an earlier process left, once the app has had time to listen again."""
        await asyncio.sleep(self.config.resume_after)
        if text.direction == INBOUND:
            await self._pass_on(text, twice=False)
        else:
            await self._deliver(text, None)

    async def _pass_on(self, text: Text, *, twice: bool) -> None:
        url = self.config.base_url.rstrip("/") + INBOUND_PATH
        fields = self.inbound_fields(text)
        results = await asyncio.gather(
            *(self.post(url, fields) for _ in range(2 if twice else 1)), return_exceptions=True
        )
        await self._change(text.sid, note=_outcome(results[0]))

    async def _deliver(self, text: Text, plan: Plan | None) -> None:
        """queued -> sent -> delivered (or not), each called back unless a trouble says otherwise."""
        trouble = plan.trouble if plan else None
        handsets = {handset.number: handset for handset in await self.store.handsets()}
        off = text.to in handsets and handsets[text.to].switched_off
        end, code = _ending(plan, switched_off=off)
        first, second = self.config.delays
        if text.status == "queued":
            await asyncio.sleep(first)
            await self._change(text.sid, status="sent", sent_at=datetime.now(UTC))
            if trouble is not Trouble.CALLBACK_REVERSED:
                await self._call_back(text, "sent", None, trouble)
        await asyncio.sleep(second)
        await self._change(text.sid, status=end, error_code=code)
        await self._call_back(text, end, code, trouble)
        if trouble is Trouble.CALLBACK_REVERSED:
            await self._call_back(text, "sent", None, trouble)

    async def _call_back(self, text: Text, status: str, code: int | None, trouble: Trouble | None) -> None:
        if not text.callback or trouble is Trouble.CALLBACK_LOST:
            return
        fields = {
            "SmsSid": text.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": text.to,
            "MessageSid": text.sid,
            "AccountSid": self.config.account_sid,
            "From": text.from_number,
            "ApiVersion": "2010-04-01",
        }
        if text.service_sid:
            fields["MessagingServiceSid"] = text.service_sid
        if code is not None:
            fields["ErrorCode"] = str(code)
        for _ in range(2 if trouble is Trouble.CALLBACK_TWICE else 1):
            try:
                await self.post(text.callback, fields)
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("status_callback_not_taken", error=type(error).__name__)

    async def _change(self, sid: str, **changes: Any) -> None:
        text = await self.store.change(sid, **changes)
        if text is not None:
            self.hub.tell(text)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("simulator_task_failed", error=type(error).__name__)


def _ending(plan: Plan | None, *, switched_off: bool) -> tuple[str, int | None]:
    if plan is not None and plan.trouble is Trouble.UNDELIVERED:
        return "undelivered", plan.code or 30003
    if plan is not None and plan.trouble is Trouble.FAILED:
        return "failed", plan.code or 30008
    return ("undelivered", 30003) if switched_off else ("delivered", None)


def _outcome(result: int | BaseException) -> str:
    if isinstance(result, BaseException):
        return "no answer"
    return "stored" if 200 <= result < 300 else f"HTTP {result}"


def is_final(text: Text) -> bool:
    return text.status in FINAL
