"""The simulated phones: a carrier that speaks Twilio's wire, and a page with the phones side by side.

The app talks to it exactly as it talks to Twilio; only the address differs. Nothing here decides anything
about a conversation.
"""
