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

# Navigation
nav-documents = Documents
nav-project = Project
nav-no-project = Choose a project
nav-all = All documents
nav-members = Members
nav-sync = Devices and buckets
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
create-buckets = Buckets
create-send = Create the project
join-title = Join a project
join-detail = Paste the ticket you were given. A ticket joins one person to one project.
join-ticket = Ticket
join-send = Join

# Inviting
invite-title = Invite somebody
invite-detail = Whoever holds the ticket can join once, with the role you choose here.
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
invite-drawing = Drawing the QR code…
invite-too-long = This ticket is too long for one QR code. Hand over the text.
invite-text = The ticket as text
invite-copy = Copy the ticket

# Members
members-empty = No members yet
members-empty-detail = The list arrives with the first exchange.
members-me = You
members-organisation = Organisation
members-email = E-mail
members-devices = Devices
members-device = Device
members-note = Names are as each person wrote them; the short key after a device tells two of the same name apart.

# Sharing
sync-promise = “In sync” is said only once the other side has proved that it holds the same.
sync-now = Sync now
sync-export-bundle = Write a bundle…
sync-import-bundle = Read a bundle…
sync-devices = Devices
sync-no-devices = No other device yet. Invite somebody, or join with a second device.
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
told-joined = Joined
told-pending = Ticket kept; the project has not arrived yet
told-in-sync = { $n ->
    [one] In sync with { $count } side
   *[other] In sync with { $count } sides
}
told-nobody = Nobody could be reached
told-not-yet = Not in sync yet

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
action-switch-language = Switch between English and Turkish
action-switch-theme = Switch between light and dark
action-palette = Find an action by name
action-help = Show the keys
