# What the command line says.
error = error
error-candidates = could be:
hint = hint
added-one = { $number }  { $revision }  { $title }
refused-one = refused: { $file }: { $why }
added = { $added } added, { $refused } refused
agent-up = serving on { $addresses }
identity = { $name }, device { $device }
identity-none = this home belongs to nobody yet: enginus init --name "Your name"
identity-unprotected = note: the keys in { $home } are protected only by the folder's permissions
ask-passphrase = Passphrase:
ask-new-passphrase = New passphrase:
ask-again = The same again:
ask-phrase = Your 24 words:
ask-word = Word { $position }:
phrase-exists = note: 24 words bring you back when every device is lost; write them down now: enginus phrase
phrase-keep = Write them on paper and keep them where nobody else finds them: whoever has them is you.
phrase-unconfirmed = note: your 24 words were not typed again yet: enginus phrase confirm
keys-unprotected = no passphrase is set; only the file's permissions protect the keys
keys-in-keyring = the keys are sealed under a key in the system's key ring
keys-unlocked = a passphrase is set, and the keys are open
keys-unlocked-for = a passphrase is set, and the keys are open; they are locked after { $minutes } minutes without a command
keys-locked = locked
recovered-next = This device is yours again. Bring your projects back with: enginus project recover --bucket URL, or --ticket TICKET
recovered-nothing = nothing more of yours is there
device-code = Give this code to your new device, and to nobody else, until { $expires } UTC: enginus device join CODE
device-added = { $name } is your device now, in { $projects } projects
device-this = { "  " }(this device)
device-removed = { $name } was removed in: { $projects }
device-removed-note = note: what it holds it keeps. If its keys may be open to somebody else, have yourself removed and invited anew with other keys.
project = { $name } ({ $id })
project-bucket = { "  " }bucket { $url }
project-relay = { "  " }relay { $address }
projects-none = no project on this device yet
state-active = active
state-pending = pending
state-removed = removed
invitations-none = no invitation is open
invitation-cancelled = the invitation for the role { $role } is cancelled
invitation-expired = expired
invitation-until = until { $when }
invitation-uses = { $count ->
    [one] 1 use left
   *[other] { $count } uses left
}
review-none = nothing waits for review
review-accepted = { $count ->
    [one] 1 entry counts now
   *[other] { $count } entries count now
}
access-grant = gave access to
access-invitation = made an invitation
invitation-in-bucket = It can be redeemed through { $urls } also while this device is off.
invitation-not-in-bucket = { $urls } could not be reached: run `enginus sync` before this device goes off, or hand over a bundle.
access-joined = let in
access-device = certified the device
access-removal = removed
access-role-change = took a role back from
access-cancellation = cancelled the invitation
access-device-removal = removed the device
access-acceptance = accepted held entries:
access-changed = Done for { $name }:
access-would-change = For { $name } this would happen:
access-devices = devices: { $names }
access-loses-reading = reads nothing new in: { $names }
access-loses-writing = writes no more in: { $names }
access-gains = gains: { $names }
access-brought-in = stays, although brought in by them: { $names }
access-entries-kept = { $count ->
    [one] 1 entry of theirs stays
   *[other] { $count } entries of theirs stay
}
access-entries-held = { $count ->
    [one] 1 entry waits for review
   *[other] { $count } entries wait for review
}
access-last-seen = last heard of { $when }; what they wrote since then and nobody has received waits for review when it arrives
access-keys = { $count ->
    [one] 1 key is made anew
   *[other] { $count } keys are made anew
}; what they have received already stays with them
invitation = Ticket for the role { $role }; give it to one person only:
joined = joined { $name }
join-pending = the ticket for { $name } is kept; the project arrives with the first member, bucket or bundle that can be reached
me = { "  " }(you)
documents-none = no documents
removed = { "  " }(removed)
number-clash = another document of this folder has the same number
field-conflict = { $field } was changed in two places: "{ $kept }" is shown, also written: { $others }
file-here = here
file-elsewhere = not on this device
exported = { $rows ->
    [one] 1 row written to { $path }
   *[other] { $rows } rows written to { $path }
}
bundle = { $project }: { $envelopes } envelopes, { $objects } sealed objects
bundle-waiting = { $project }: { $envelopes } envelopes, { $objects } sealed objects; the project is not complete on this device yet
side-equal = { $project }: equal with { $with } (received { $received }, sent { $sent }, files { $objects })
side-behind = { $project }: not equal yet with { $with } (received { $received }, sent { $sent }, files { $objects })
side-unreachable = { $project }: { $with } could not be reached
files-missing = { $count } files of this device's are still missing
status-project = { $name }: { $state }, { $documents } documents, files { $here } here and { $missing } missing, heads { $heads }
status-attention = { $count ->
    [one] 1 document needs attention: marked ! in `enginus doc list`
   *[other] { $count } documents need attention: marked ! in `enginus doc list`
}
status-review = { $count ->
    [one] 1 entry of a removed member waits: `enginus review list`
   *[other] { $count } entries of removed members wait: `enginus review list`
}
status-arriving = { $count ->
    [one] shown from a snapshot: 1 entry is still being fetched and checked
   *[other] shown from a snapshot: { $count } entries are still being fetched and checked
}
rebuilt = { $documents } documents projected again, identical
demo-title = ENGINUS demo in { $dir }
demo-step = { $number }. { $text }
demo-owner = The owner creates a solar project with seven folders in a new home.
demo-add = The owner adds { $count } documents to all seven folders, each with its reason.
demo-join = The contractor joins with a ticket, over an encrypted connection, and gets { $count } documents.
demo-offline = Both go offline. Both revise { $number }, both retitle { $other }, both add documents.
demo-sync = They meet again: { $count } documents on both sides, registers identical.
demo-conflict = { $number } has two revisions { $revision } in conflict: both are kept and shown.
demo-field = { $number } was retitled twice: "{ $kept }" is shown, "{ $other }" is kept beside it.
demo-files = { $count } files fetched and compared by SHA-256 with what was added.
demo-logs = { $count } Excel logs written by each side; their rows are equal.
demo-done = Done in { $seconds } s.
demo-where-owner = Owner's home:       { $path }
demo-where-contractor = Contractor's home:  { $path }
demo-where-logs = Excel logs:         { $path }
demo-next = Look at it with: enginus --home { $path }
