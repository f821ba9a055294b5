"""Pure rules: what may happen. They know no database, no clock and no other package of Footbridge."""
