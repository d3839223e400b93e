"""The queue manager: which job goes to which device and when, what a failure means, what time does to jobs.

Like Postfix's qmgr it keeps a bounded *active* set per line of jobs (:mod:`lanes`), one worker per device
that has work (:mod:`destination`), and back-off with its reason per device (:mod:`backoff`). It follows the
store's event log (:mod:`manager`); a wake-up is only a hint to look. The manager knows devices only through
:class:`plantin.core.ports.Backend` and the store only through :class:`plantin.core.ports.QueueStore`.

:mod:`conversion` is a backend around the others, which makes documents fit for their device on the way to it.
"""
