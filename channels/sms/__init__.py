"""Text messages over Twilio's wire: webhooks in, REST calls out. Carries words and decides nothing."""
