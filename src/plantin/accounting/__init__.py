"""Between the pure rooms and the processes: from an inspected document and a job's attributes to what the
policies decide on and what the tariffs price.

Promises that the dry run of a policy, the quote before printing and the charge after it count alike, because
all of them count here. Never reads a clock or a database, never does input or output.
"""
