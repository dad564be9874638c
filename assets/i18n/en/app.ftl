# What the window says. Every id stands in every language; a test holds that.

months-short = Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
documents = { $n ->
    [one] { $count } document
   *[other] { $count } documents
}
revisions = { $n ->
    [one] { $count } revision
   *[other] { $count } revisions
}
planned = Planned
reason = Reason
reason-note = Kept in the register and in the folder's log for good
status-none = No status
by-whom = { $name }, { $when }
copied = Copied
undo = Undo
undo-reason = Removal taken back

# Opening
opening = Opening your projects…
opening-failed = Your projects could not be opened
opening-busy = ENGINUS is already running here
opening-busy-detail = Another window, or an agent started on the command line, has this home open. Close it there, then try again.
opening-retry = Try again
waiting-title = Waiting for { $project }
waiting-forget = Forget this project
waiting-forget-detail = Throws the ticket away. Nothing else of the project is here yet.
waiting-detail = The ticket is kept. The project arrives as soon as a device or a bucket that has it can be reached, or from a bundle file.

# First start
first-title = Welcome to ENGINUS
first-detail = Registers, revisions and reasons for every document of a project, on your own devices, online or not.
first-who = Who are you?
first-name = Your name
first-organisation = Organisation
first-email = E-mail address
first-note = Members of your projects see these. Nothing is sent to anybody else, and no account is made.
first-send = Continue
first-welcome = Welcome, { $name }
first-project = Start with a project of your own, or take part in somebody else's.
first-create = Create a project
first-create-detail = You become its owner, choose its folders and invite the others.
first-join = Join with a ticket
first-join-detail = Somebody sent you a text that begins with “enginus1”, or a square picture of it.
first-import = Bring a project by file
first-import-detail = For a site without a network: a bundle file carries the project to this device.
first-way-new = I am new
first-way-words = I have 24 words
first-way-device = Second device
first-words-title = Come back with your 24 words
first-words-detail = This device becomes one of yours. Afterwards your projects are brought back from a bucket or a member.
first-words = The 24 words
first-words-count = { $typed } of { $all } words
first-words-send = Bring me back
first-device-title = A further device of yours
first-device-detail = On a device you already use choose “Add a device” and give its code here. Both must be able to reach each other.
first-device-name = Name of this device
first-device-name-note = Left empty, the machine’s own name is taken
first-device-send = Join my devices
first-recover = Bring my projects back
first-recover-detail = After a recovery, or on a second device: from a bucket, or from another member.

# Navigation
nav-documents = Documents
nav-project = Project
nav-no-project = Choose a project
nav-all = All documents
nav-members = Members
nav-sync = Sharing
nav-notices = Notices

# Top
top-add = Add
top-invite = Invite
top-export = Export log
menu = Menu
search-hint = Search number, title, reason, person…
search-name = Search
search-clear = Clear the search
theme-to-dark = Switch to the dark theme
theme-to-light = Switch to the light theme
language-to-turkish = Türkçe
language-to-english = English
language-english = English
language-turkish = Türkçe

# Register
register-name = Register
register-loading = Reading the register…
register-shown = { $shown } of { $all }
register-attention = { $n ->
    [one] { $count } needs attention
   *[other] { $count } need attention
}
register-arriving = { $n ->
    [one] Shown from a snapshot; { $count } entry is still being fetched and checked
   *[other] Shown from a snapshot; { $count } entries are still being fetched and checked
}
register-removed = Removed
register-columns = Columns
register-read-only = Read only
register-empty = No documents here yet
register-empty-detail = Drop files anywhere in this window, or choose them. Number, title and revision are read from each file's name.
register-empty-read-only = You may read this folder. Documents appear here as soon as somebody adds them.
register-no-match = Nothing fits
register-no-match-detail = No document of this folder has all the words you typed, or passes the filters that are on.
register-show-all = Show all documents
register-needs-attention = needs attention
register-is-removed = removed
sorted-up = { $column }, sorted upwards
sorted-down = { $column }, sorted downwards
column-number = Number
column-title = Title
column-revision = Revision
column-status = Status
column-discipline = Discipline
column-form = Form
column-originator = Originator
column-path = Subfolder
column-transmittal = Transmittal no.
column-date_received = Date received
column-planned_date = Planned date
column-actual_date = Actual date
column-package = Package
column-zone = Zone
column-added_by = Added by
column-added_at = Added at
column-reason = Why
column-file = File name
column-size = Size
column-sha256 = SHA-256
column-revisions = Revisions

# Where a file is
file-safe = On this device and proved elsewhere
file-here-only = Only on this device so far
file-elsewhere = Not on this device; fetched when opened
file-fetching = On its way: { $percent } %
file-none = No file yet
file-open = Open { $name }
file-save = Save { $name } as…
file-copy-digest = Copy the SHA-256 digest

# Document
document-close = Close the document
document-open = Open
document-save-as = Save as…
document-revise = Revise
document-edit = Edit
document-remove = Remove
document-restore = Restore
document-removed = Removed from the register
document-folder = Folder
document-planned-detail = Planned. There is no file yet; revise the document to add the first one.
conflict-field = { $field } was changed by two people at once
conflict-field-detail = Both values are kept until somebody chooses.
conflict-shown = Shown meanwhile
conflict-by = Written by { $name }
conflict-keep = Keep “{ $value }”
conflict-number = Another document has this number
conflict-number-detail = Both are kept. Give one of them a number of its own.
conflict-number-edit = Change the number
conflict-revision = Revision { $code } was made twice
conflict-revision-detail = Two people made it without knowing of each other. Both are kept; a further revision settles which one goes on.

# Adding
add-title = Add documents
add-folder = Folder
add-choose-files = Choose files…
add-choose-folder = Choose a folder…
add-drop = Drop files here, or click to choose them
add-file = File
add-empty-file = empty
add-reason-hint = Why these documents are added, as it will stand in the log
add-needs-reason = A reason is needed
add-send = { $n ->
    [one] Add { $count } document
   *[other] Add { $count } documents
}
add-stop = Stop
add-done = Done
add-again = Try the rest again
add-summary = { $added } of { $all } added, { $refused } refused
add-is-safe = Safe on this device
add-not-added = Not added
add-leave-out = Leave out { $name }
add-too-many = More than { $most } files at once. The first ones are listed; add the rest afterwards.
drop-here = Drop to add to the register
pick-files = Choose files
pick-folder = Choose a folder
pick-bucket = Choose a folder as bucket
pick-bundle = Choose a bundle
pick-place = Save as

# Planning, revising, editing, removing
plan-title = Plan a document
plan-detail = It stands in the register and in the log before there is a file.
plan-date-hint = 2027-03-31
plan-send = Plan
revise-title = Add a revision
revise-no-file = Choose the file of the new revision. Its name does not matter; the same content is accepted.
revise-send = Add the revision
edit-title = Edit the document
edit-send = Save
remove-title = Remove from the register
remove-detail = Nothing is deleted: the document, its revisions and its files stay, and anybody who may write here can restore it.
restore-title = Restore to the register
restore-detail = The document comes back with all its revisions.
dialog-close = Close
dialog-cancel = Cancel
dialog-working = One moment…

# Projects
create-title = Create a project
create-name = Project name
create-name-hint = Solar power plant, 12 MWp
create-template = Template
create-language = Language of the project and its logs
create-bucket = Bucket, if any
create-bucket-note = A place for the sealed files: a folder, or S3, Azure or Google storage by its address. Credentials stay on this device.
create-bucket-folder = Use a folder…
create-relay = Relay, if any
create-relay-note = Where devices meet that are never on together: the address its operator gave you. More can be added later.
create-buckets = Buckets
create-send = Create the project
join-title = Join a project
join-detail = Paste the ticket you were given. A ticket joins one person to one project.
join-ticket = Ticket
join-send = Join

# Inviting
invite-title = Invite somebody
invite-detail = Whoever holds the ticket can join with the role you choose here.
invite-role = Role
invite-folders = Folders
invite-all-folders = All folders of the role
invite-expiry = The ticket holds for
invite-days = { $n ->
    [one] { $count } day
   *[other] { $count } days
}
invite-forever = No end
invite-until = until { $when }
invite-send = Make the ticket
invite-secret = Hand it over as you would a key: in person, or by a message only they can read.
invite-picture = The ticket as a QR code
invite-in-buckets = It is in the bucket: it can be redeemed while this device is off.
invite-on-relays = It is on the relay: it can be redeemed while this device is off.
invite-not-there = Could not be reached; the next exchange brings it there: { $places }
invite-no-bucket = It is redeemed with a device of the project that can be reached.
invite-text = The ticket as text
invite-copy = Copy the ticket
invite-access = Access ends after
invite-history = The past of the folders
invite-from-start = Open, from the start
invite-from-now = Closed; only what is added from now on
invite-who = Who may join with it
invite-uses = { $n ->
    [one] { $count } person
   *[other] { $count } persons
}
invite-personal = Only for one certain person, by their contact card
invite-card = Contact card
invite-card-note = They find it under “My keys and devices”. Ask them whether it is really theirs.

# Members
members-as-of = As this device last heard, { $when }
members-empty = No members yet
members-empty-detail = The list arrives with the first exchange.
members-me = You
members-device = Device
members-note = Names are as each person wrote them; the short key after a device tells two of the same name apart.

# Members and access
members-invite = Invite somebody to this project
members-tab-people = People
members-tab-access = Access by folder
members-tab-invitations = Invitations
members-tab-history = History
members-since = since { $when }
members-since-by = since { $when }, brought in by { $name }
members-role = Change role…
members-role-named = Change the role of { $name }
members-remove = Remove…
members-remove-named = Remove { $name }
members-removed = Removed
members-until = until { $when }
members-ended = ended { $when }
members-device-this = this device
members-device-connected = connected now
members-device-removed = removed
members-device-seen = last heard of { $when }
members-device-never = not heard of yet
members-former = Former members
members-former-detail = They read nothing that was written after their removal. What they wrote before stays.
access-member = Member
access-reads = reads
access-records = writes records
access-comments = comments
access-reviews = reviews
access-manages = manages access
access-none = no access
access-words = { $name }, { $folder }: { $what }
access-reason-note = Kept for good; every member sees it in the history of access
asked-working = Looking it up…

# Invitations
invitations-empty = No open invitations
invitations-empty-detail = An invitation stands here until it is used up, has expired or is cancelled.
invitations-note = Whoever came with an invitation stays a member when it is cancelled.
invitations-left = { $n ->
    [one] { $count } use left
   *[other] { $count } uses left
}
invitations-expired = expired { $when }
invitations-joined = came with it: { $names }
invitations-copy = Copy the id of invitation { $id }
invitations-cancel = Cancel…
invitations-cancel-named = Cancel invitation { $id }
cancel-invitation-title = Cancel the invitation
cancel-invitation-what = { $role }, made by { $by }
cancel-invitation-detail = Nobody can join with this ticket any more. Whoever came with it stays.
cancel-invitation-send = Cancel it

# Changing and removing members
revoke-title = Remove { $name }
revoke-detail = Nothing happens before you confirm.
revoke-send = Remove { $name } now
role-title = Change the role of { $name }
role-detail = The new role takes the place of every role they have. Look at what it does first.
role-look = Show what it does
role-again = Choose something else
role-send = Change the role
preview-title = What this will do
preview-working = Looking at what this will do…
preview-reading = Reads nothing new from now on in: { $folders }
preview-writing = Writes nothing more in: { $folders }
preview-gains = Gains access in: { $folders }
preview-same = Reads and writes the same folders as before
preview-kept = { $n ->
    [one] { $count } entry of theirs stays
   *[other] { $count } entries of theirs stay
}
preview-held = { $n ->
    [one] { $count } entry of theirs waits for review
   *[other] { $count } entries of theirs wait for review
}
preview-last-seen = Last heard of { $when }; what they wrote since then and nobody has received waits for review when it arrives
preview-never-seen = Never heard of by this device; what they wrote and nobody has received waits for review when it arrives
preview-brought-in = Stay, although brought in by them: { $names }
preview-keys = { $n ->
    [one] { $count } key is made anew
   *[other] { $count } keys are made anew
}; what they have received already stays with them
preview-devices = Their devices: { $names }

# History of access
history-empty = Nothing was decided yet
history-empty-detail = The list arrives with the first exchange.
history-grant = { $by } gave { $about } the role { $role }
history-invitation = { $by } made invitation { $about } for the role { $role }
history-joined = { $by } let { $about } in
history-device = { $by } certified the device { $about }
history-removal = { $by } removed { $about }
history-role-change = { $n ->
    [one] { $by } ended an earlier role
   *[other] { $by } ended { $count } earlier roles
}
history-cancellation = { $by } cancelled the invitation { $about }
history-device-removal = { $by } removed the device { $about }
history-acceptance = { $n ->
    [one] { $by } accepted { $count } held entry
   *[other] { $by } accepted { $count } held entries
}
history-other = { $by } decided about { $about }
history-reason = “{ $reason }”
history-refused = Does not count: { $why }
history-signed = signed { $key }
history-copy-signer = Copy the signing key { $key }

# Review, and projects that ended
nav-review = Waiting for review
review-waiting = { $n ->
    [one] { $count } entry of a removed member waits for review
   *[other] { $count } entries of removed members wait for review
}
review-look = Look at them
review-empty = Nothing waits for review
review-empty-detail = Work of removed members that arrives after their removal would stand here.
review-detail = Removed members wrote this without anybody having received it. It counts for nobody until somebody above them accepts it.
review-others = You may look at these entries. Somebody who manages the folder accepts them.
review-not-yours = not yours to accept
review-choose = { $name } · { $id }
review-sealed = This device cannot open it.
review-more = { $n ->
    [one] and { $count } more
   *[other] and { $count } more
}
review-received = received { $when } · device { $device }
review-accept-chosen = { $n ->
    [0] Accept the chosen…
    [one] Accept { $count } entry…
   *[other] Accept { $count } entries…
}
review-accept-all = Accept all…
accept-title = Accept after all
accept-count = { $n ->
    [one] { $count } entry counts from now on
   *[other] { $count } entries count from now on
}
accept-detail = What they build on counts with them. This cannot be taken back.
accept-send = Accept
removed-title = { $name } removed you from this project on { $when }
removed-why = Reason: { $reason }
removed-detail = What you had stays readable here. Nothing can be added or changed, and nothing new arrives.

# Keys, words, passphrase
nav-me = You
nav-keys = My keys and devices
keys-detail = These belong to you alone, for all your projects. Nobody keeps a copy for you.
keys-back = Back
keys-reminder = 24 words not confirmed
keys-words = Your 24 words
keys-words-confirmed = Written down and confirmed
keys-words-open = Not confirmed yet
keys-words-detail = They bring you back when every device is lost. Keep them on paper, in a safe place.
keys-words-show = Show the words…
passphrase = Passphrase
keys-in-keyring = In the key ring
keys-in-keyring-detail = Your keys are sealed under a key that the system's key ring opens when you log in. A stolen machine that is switched off gives no key away; whoever is logged in as you is not asked. To lock the window, set a passphrase instead.
keys-use-keyring = Use the system's key ring
keys-unprotected = None
keys-unprotected-detail = Your keys lie in a file that only your account on this machine can read. With a passphrase a stolen machine gives no key away, and the window can be locked.
keys-passphrase-set = Set a passphrase…
keys-protected = Set
keys-protected-detail = Your keys are sealed with it on this device. It is asked for after locking, and when ENGINUS starts.
keys-lock = Lock now
keys-passphrase-change = Change it…
keys-passphrase-remove = Remove it…
keys-auto-lock = Lock by itself when nobody is here for
keys-auto-lock-minutes = { $n ->
    [one] { $count } minute
   *[other] { $count } minutes
}
keys-auto-lock-never = Never
keys-devices = My devices
keys-devices-detail = Each has a key of its own. A lost one is removed here, or by somebody above you in the project.
keys-device-add = Add a device…
keys-device-this = This device
keys-others = Others, and getting things back
keys-others-detail = Somebody who has your contact card can make an invitation that only you can use. Projects come back from a bucket or from another member.
keys-contact = My contact card…
keys-recover = Bring projects back…
words-title = Your 24 words
words-detail = Write them on paper, in this order. With them alone you come back on an empty machine.
words-secret = Whoever has them is you. No photo, no mail, no cloud.
words-written = I have written them down
words-later = Later
words-check-title = Three of your words
words-check-detail = Type these words from your paper. Then the reminder ends.
words-word = Word { $position }
words-confirm = Confirm
words-again = Show the words again
words-passphrase-detail = The words are shown to nobody without the passphrase.
words-show = Show the words
passphrase-set-title = Set a passphrase
passphrase-change-title = Change the passphrase
passphrase-remove-title = Remove the passphrase
passphrase-to-lock = Locking needs a passphrase to unlock with.
passphrase-detail = It seals your keys on this device only. Other devices have their own.
passphrase-remove-detail = Your keys will be protected by the permissions of their file alone, and nothing can be locked.
passphrase-old = Present passphrase
passphrase-new = New passphrase
passphrase-note = Several words that do not belong together are stronger than one with signs in it
passphrase-again = New passphrase again
passphrase-differ = The two are not the same yet
passphrase-forgotten = Nobody can reset it. If you forget it, only your 24 words bring you back.
passphrase-set-send = Set it
passphrase-change-send = Change it
passphrase-remove-send = Remove it
lock-title = ENGINUS is locked
lock-detail = The keys are sealed. The passphrase opens them.
lock-whose = The keys of { $name } are sealed. The passphrase opens them.
lock-unlock = Unlock
lock-opening = Opening…
lock-working = Locking…
lock-wrong = That is not the passphrase
lock-again = Try again. Capitals and spaces count.
lock-wait = { $n ->
    [one] The next try is possible in { $count } second.
   *[other] The next try is possible in { $count } seconds.
}

# My devices, contact card, projects brought back
device-code = Device code
device-code-copy = Copy the code
device-add-title = Add a device
device-add-detail = Start ENGINUS on the new device, choose “Second device” and give it this code.
device-add-secret = Whoever has this code becomes one of your devices. Show it to nobody else.
device-add-picture = The device code as a QR code
device-add-left = Waiting; the code holds for { $left }
device-add-again = Make a new code
device-added = { $name } is one of your devices now
device-added-detail = Your projects arrive there now. It writes under your name.
device-remove-title = Remove { $name }
device-remove-detail = In every project nothing it writes from now on counts, and it reads nothing new. What it has received stays on it.
device-remove-key = It holds your own key, too. If it had no passphrase, or somebody may know it, ask a manager to remove you and to invite you anew.
device-remove-send = Remove the device
contact-title = My contact card
contact-detail = Give it to whoever wants to invite you. It holds your name and your public key, and nothing secret.
contact-picture = The contact card as a QR code
contact-text = The card as text
contact-copy = Copy the card
recover-title = Bring projects back
recover-detail = Your projects come back from a bucket that holds them, or from a member whose device can be reached.
recover-from = Bucket address or ticket
recover-from-note = Any ticket of the project will do; it is not used up
recover-send = Look for them
recover-here = Here, with everything you may read
recover-nothing = There is no project of yours.
qr-drawing = Drawing the QR code…
qr-too-long = This text is too long for one QR code. Hand over the letters.

# Sharing
sync-promise = “In sync” is said only once the other side has proved that it holds the same.
sync-now = Sync now
sync-export-bundle = Write a bundle…
sync-import-bundle = Read a bundle…
sync-devices = Devices
sync-no-devices = No other device yet. Invite somebody, or join with a second device.
sync-relays = Relays
sync-no-relays = This project has no relay. Devices meet where they can reach each other, or in a bucket.
relay-add = Add a relay…
relay-leave = Leave the relay { $name }
relay-never = Has not confirmed anything yet
relay-unconfirmed-since = Has not confirmed since { $when }
relay-add-title = Meet on a relay
relay-add-detail = A relay keeps what devices seal and passes it on, so that two that are never on together still exchange. It can read nothing. All members use it from now on.
relay-address = The relay's address
relay-address-note = Whoever operates it gives it out; it begins with relay://
relay-add-send = Use this relay
relay-leave-title = Leave a relay
relay-leave-detail = No member uses it any more once they hear of this. What it keeps stays there until its operator removes it, and can be read by nobody without the project's keys.
relay-erase = Delete what it keeps
relay-erase-note = Devices keep what they have. It has to be reached for this; another device of yours that has not heard of it yet may put it there again.
relay-leave-send = Leave it
sync-buckets = Buckets
sync-no-buckets = This project has no bucket. Files go straight from device to device.
sync-addresses = This device can be reached at
sync-in-sync = In sync
sync-exchanging = Exchanging
sync-not-connected = Not connected
sync-reachable = Reachable
sync-problem = Problem
sync-never = Never in sync yet
sync-last = Last in sync { $when }
sync-unsent = { $n ->
    [one] { $count } change only on this device
   *[other] { $count } changes only on this device
}
sync-unsent-detail = They are safe here and go out with the next exchange.

# Bottom
status-in-sync = { $n ->
    [one] In sync with { $count } device
   *[other] In sync with { $count } devices
}
status-connected = { $n ->
    [one] Exchanging with { $count } device
   *[other] Exchanging with { $count } devices
}
status-on-relay = In sync with the relay
status-in-bucket = Everything is in the bucket
status-alone = No other device connected
status-transfers = { $n ->
    [one] { $count } file on its way
   *[other] { $count } files on their way
}
status-notices = { $n ->
    [one] { $count } notice
   *[other] { $count } notices
}
status-cancel = Stop
doing-add = Adding
doing-fetch = Fetching
doing-export = Writing
doing-import = Reading
doing-sync = Exchanging
doing-other = Working

# Notices
notices-empty = Nothing to report
notices-empty-detail = Trouble with a bucket, changes that wait for a key, or a home that was copied would stand here.
notices-session = Since the window was opened
notice-quarantine = Harmful changes were put aside
notice-fork = A home was copied or restored
notice-waiting = Something waits
notice-trouble = Trouble
toast-close = Close the message
system-refused = The system refused
told-added = { $n ->
    [one] { $count } document added
   *[other] { $count } documents added
}
told-refused = { $n ->
    [one] { $count } file refused
   *[other] { $count } files refused
}
told-planned = Document planned
told-revised = Revision added
told-edited = Document changed
told-settled = Settled
told-removed = Removed from the register
told-restored = Restored to the register
told-saved = Saved and checked
told-exported = { $n ->
    [one] Log written, { $count } row
   *[other] Log written, { $count } rows
}
told-bundle-written = Bundle written
told-bundle-read = Bundle read
told-forgotten = Forgotten; a ticket brings it back
told-joined = Joined
told-pending = Ticket kept; the project has not arrived yet
told-in-sync = { $n ->
    [one] In sync with { $count } side
   *[other] In sync with { $count } sides
}
told-nobody = Nobody could be reached
told-not-yet = Not in sync yet
told-revoked = { $name } was removed
told-role = { $name } has another role now
told-cancelled = Invitation cancelled
told-accepted = { $n ->
    [one] { $count } entry counts now
   *[other] { $count } entries count now
}
told-keyring = The key ring keeps your keys sealed
told-passphrase = Passphrase changed
told-words = Your 24 words are confirmed
told-device-joined = This device belongs to you now
told-device-removed = { $name } was removed
told-recovered = Welcome back

# Refusals
failure-invalid = This cannot be used
failure-not-found = Not found
failure-ambiguous = More than one fits
failure-not-allowed = Not allowed
failure-conflict = It exists already or changed meanwhile
failure-bad-input = It could not be read
failure-storage = The disk refused
failure-unreachable = Nobody could be reached
failure-busy = In use elsewhere
failure-locked = The keys are locked
failure-passphrase = The passphrase does not fit
failure-cancelled = Stopped
failure-internal = Something went wrong here

# Palette and help
palette-title = What would you like to do?
palette-hint = Type a part of its name
palette-nothing = Nothing of that name can be done now.
help-title = Keys
help-register = In the register
help-register-keys = Arrows, Page Up, Page Down, Home and End move; Enter opens the file; Escape closes the document. A click on a column's head sorts; with Shift it sorts within.
action-add-documents = Add documents
action-plan-document = Plan a document without a file
action-search = Search
action-open-file = Open the file
action-save-as = Save the file as…
action-revise = Add a revision
action-edit-document = Edit the document
action-remove-document = Remove or restore the document
action-invite = Invite somebody
action-export-log = Export the folder's log to Excel
action-sync-now = Sync now
action-export-bundle = Write the project into a bundle file
action-import-bundle = Read a bundle file
action-create-project = Create a project
action-join-project = Join a project with a ticket
action-toggle-attention = Show only what needs attention, or all
action-toggle-removed = Show or hide removed documents
action-show-register = Show the register
action-show-members = Show the members
action-show-sync = Show devices and buckets
action-show-notices = Show the notices
action-show-review = Show what waits for review
action-show-keys = Show my keys and devices
action-lock-now = Lock now
action-add-device = Add a device of mine
action-contact-card = Show my contact card
action-recover-projects = Bring my projects back
action-switch-language = Switch between English and Turkish
action-switch-theme = Switch between light and dark
action-palette = Find an action by name
action-help = Show the keys
