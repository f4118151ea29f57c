"""The five services and what each writes.

capture makes a Frame (one picture), recognizer a Read (one plate in one frame), reactor an Event (one vehicle passed
once) and its Reactions (what must happen because of it), integrations a Delivery (one attempt series to one outside
system). api shows them all. Services meet only through `shared`: streams, tables and messages.
"""
