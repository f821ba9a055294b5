from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.ledger.addresses import erasing
from conversations.ledger.statuses import note_status
from conversations.models import Address, Callback, Conversation, Outbound, OutState
from placements import clock
from tests.conversations.given import STRANGER, Desk

RANK = {"queued": 2, "accepted": 2, "sending": 2, "sent": 3, "delivered": 4, "undelivered": 4, "failed": 4}
FINAL = ("delivered", "undelivered", "failed")


async def handed(desk: Desk, carrier_id: str | None = "SM1") -> UUID:
    """A message on its way."""
    message_id = await desk.write(STRANGER, "hello")
    assert message_id is not None
    await desk.run(
        "update conversations.outbound set state = 'sending', claimed_real = now(), carrier_id = :c",
        c=carrier_id,
    )
    return message_id


async def call(desk: Desk, message: object, status: str, code: str = "", carrier_id: str = "SM1") -> None:
    async with desk.database.session() as session:
        await note_status(
            session, message=str(message), carrier_id=carrier_id, status=status, error_code=code
        )


class _Session:
    """As much of a session as a callback about one message needs, so that many orders can be tried."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound

    def add(self, callback: Callback) -> None:
        pass

    async def scalars(self, _query: object) -> "_Session":
        return self

    def first(self) -> Outbound:
        return self.outbound


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(RANK)), min_size=1, max_size=8))
async def test_in_every_order_of_callbacks_a_state_only_moves_forward(
    monkeypatch: pytest.MonkeyPatch, order: list[str]
) -> None:
    async def now(_session: object) -> None:
        return None

    monkeypatch.setattr(clock, "now", now)
    outbound = Outbound(id=uuid4(), state=OutState.SENDING, carrier_id="SM1")
    reached, session = 1, _Session(outbound)
    for status in order:
        before = outbound.state
        await note_status(
            session,  # type: ignore[arg-type]
            message=str(outbound.id),
            carrier_id="SM1",
            status=status,
            error_code="",
        )
        assert RANK.get(outbound.state, 1) >= reached
        if before in FINAL:
            assert outbound.state == before  # what was final stays
        reached = RANK.get(outbound.state, 1)
    assert reached == max(RANK[status] for status in order)


async def test_a_delivery_step_by_step_and_every_callback_kept(desk: Desk) -> None:
    message_id = await handed(desk)
    states = []
    for status in ("queued", "sent", "sent", "queued", "delivered", "sent", "failed"):
        await call(desk, message_id, status)
        states.append((await desk.outbound(message_id)).state)
    assert states == ["accepted", "sent", "sent", "sent", "delivered", "delivered", "delivered"]
    assert await desk.rows("select count(*) from conversations.callback where outbound_id is not null") == [
        (7,)
    ]


async def test_a_callback_settles_a_message_whose_sending_process_died(desk: Desk) -> None:
    message_id = await handed(desk, carrier_id=None)
    await call(desk, message_id, "sent", carrier_id="SM7")
    row = await desk.outbound(message_id)
    assert (row.state, row.carrier_id) == (OutState.SENT, "SM7")
    assert row.sent_at is not None


@pytest.mark.parametrize(
    ("message", "carrier_id"),
    [("", "SMnobody"), ("nonsense", "SMnobody"), (str(uuid4()), "SM1"), ("' or 1=1", "")],
)
async def test_unknown_ids_do_no_harm(desk: Desk, message: str, carrier_id: str) -> None:
    message_id = await handed(desk)
    await call(desk, message, "failed", "21610", carrier_id=carrier_id)
    assert (await desk.outbound(message_id)).state == OutState.SENDING
    address = await desk.address(STRANGER)
    assert address is not None and address.opted_out_at is None
    assert await desk.rows("select outbound_id from conversations.callback") == [(None,)]


async def test_a_callback_without_our_id_is_matched_by_the_carriers(desk: Desk) -> None:
    message_id = await handed(desk)
    await call(desk, "", "delivered")
    assert (await desk.outbound(message_id)).state == OutState.DELIVERED


async def test_a_callback_that_names_our_message_under_another_carrier_id_moves_nothing(desk: Desk) -> None:
    message_id = await handed(desk)
    await call(desk, message_id, "delivered", carrier_id="SM2")
    row = await desk.outbound(message_id)
    assert (row.state, row.carrier_id) == (OutState.SENDING, "SM1")


async def test_a_state_that_we_do_not_know_is_kept_and_moves_nothing(desk: Desk) -> None:
    message_id = await handed(desk)
    await call(desk, message_id, "x" * 99, "y" * 99)
    assert (await desk.outbound(message_id)).state == OutState.SENDING
    assert await desk.rows("select length(status), length(error_code) from conversations.callback") == [
        (32, 16)
    ]


async def test_what_was_never_sent_is_not_revived(desk: Desk) -> None:
    message_id = await handed(desk)
    await desk.run("update conversations.outbound set state = 'suppressed'")
    await call(desk, message_id, "sent")
    assert (await desk.outbound(message_id)).state == OutState.SUPPRESSED


async def test_the_carriers_opt_out_is_its_own_and_goes_into_the_ledger_once(desk: Desk) -> None:
    message_id = await handed(desk)
    await call(desk, message_id, "failed", "21610")
    await call(desk, message_id, "failed", "21610")
    address = await desk.address(STRANGER)
    assert address is not None and address.carrier_barred_at and address.opted_out_at is None
    assert await desk.bases(STRANGER) == [("basis", "opt_in"), ("opt_out", "carrier")]
    row = await desk.outbound(message_id)
    assert (row.state, row.error_code) == (OutState.FAILED, "21610")


@pytest.mark.parametrize(
    ("code", "dead"),
    [
        ("30003", True),
        ("30005", True),
        ("30006", True),
        ("21211", True),
        ("21614", True),
        ("30007", False),
        ("30008", False),
        ("", False),
    ],
)
async def test_which_errors_mean_that_a_number_takes_no_texts(desk: Desk, code: str, dead: bool) -> None:
    message_id = await handed(desk)
    await call(desk, message_id, "undelivered", code)
    address = await desk.address(STRANGER)
    assert address is not None and (address.dead_at is not None) is dead


async def test_a_callback_for_somebody_who_was_erased_does_no_harm(desk: Desk) -> None:
    message_id = await handed(desk)
    async with desk.database.session() as session:
        row = await session.get_one(Outbound, message_id)
        async with erasing(session):
            await session.delete(await session.get_one(Address, row.address_id))
    await call(desk, message_id, "delivered")
    async with desk.database.session() as session:
        assert await session.get(Outbound, message_id) is None
        assert await session.get(Conversation, row.conversation_id) is None
