"""What the SMS webhooks bring, handed to the ledger in one transaction each."""

from channels.sms.forms import InboundText, StatusCallback
from conversations.ledger.addresses import SMS
from conversations.ledger.receive import Text, receive
from conversations.ledger.statuses import note_status
from conversations.policy import Policy
from placements.database import Database


class LedgerIntake:
    """Returns once what came is durably stored; raises when it is not."""

    def __init__(self, database: Database, policy: Policy, carrier: str) -> None:
        self._db, self._policy, self._carrier = database, policy, carrier

    async def received(self, form: InboundText) -> None:
        async with self._db.session() as session:
            await receive(
                session,
                Text(
                    channel=SMS,
                    carrier=self._carrier,
                    carrier_id=form.carrier_id,
                    sender=form.from_number,
                    body=form.body,
                    pictures=form.pictures,
                    answered_by_carrier=form.opt_out_type,
                ),
                policy=self._policy,
            )

    async def status(self, callback: StatusCallback) -> None:
        async with self._db.session() as session:
            await note_status(
                session,
                message=callback.reference,
                carrier_id=callback.carrier_id,
                status=callback.status,
                error_code=callback.error_code,
            )
