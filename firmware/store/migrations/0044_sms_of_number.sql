-- The messages with one customer, at every look of a desk.
CREATE INDEX sms_of_number ON sms (number, at);
