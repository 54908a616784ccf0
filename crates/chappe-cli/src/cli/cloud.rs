//! The arguments of the commands about the cloud: people, chats, messages and files that the server keeps.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ClientArgs, MarkupArgs};

/// End the login of a session on the server
///
/// The session file stays: it keeps the histories of secret chats, which `chappe secret export` reads, and can be logged
/// in again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe logout --session alice.session")]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Show who is logged in
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe me --session alice.session\n  chappe me --json | jq -r .user_id")]
pub(crate) struct MeArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// List the chats, the latest first
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe dialogs --limit 20\n  chappe dialogs --json | jq -r .chat")]
pub(crate) struct DialogsArgs {
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Names a chat of the cloud.
#[derive(Debug, Args)]
pub(crate) struct PeerArgs {
    /// +PHONE, @USERNAME, a t.me link, `me`, or id:NUMBER from `dialogs`
    #[arg(value_name = "CHAT")]
    pub(crate) peer: String,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Show messages of a chat, the newest last
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe history @bob --limit 20\n  \
    chappe history id:-1000000000005 --before 4711\n  chappe history +9996621002 --search letter --json")]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// How many messages, the newest ones
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Only what is older than this message
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) before: Option<i32>,
    /// Only messages with this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

/// Send a text
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe send @bob 'See you at **eight**' --markdown\n  \
    fortune | chappe send me -\n  chappe send +9996621002 'Yes' --reply 12")]
pub(crate) struct SendArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// The text; `-` reads it from standard input
    pub(crate) text: String,
    /// Answer this message
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) reply: Option<i32>,
    /// Without a sound on the other side
    #[arg(long)]
    pub(crate) silent: bool,
    /// Links without a preview
    #[arg(long)]
    pub(crate) no_preview: bool,
    #[command(flatten)]
    pub(crate) markup: MarkupArgs,
}

/// Send files
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe upload @bob beach.jpg --caption 'See this?'\n  \
    chappe upload me one.jpg two.jpg --document\n  tar c . | chappe upload me - --name home.tar")]
pub(crate) struct UploadArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// The files; `-` for what comes on standard input, which goes up as it comes
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A text beside the first one
    #[arg(long, value_name = "TEXT")]
    pub(crate) caption: Option<String>,
    #[command(flatten)]
    pub(crate) markup: MarkupArgs,
    /// As files, also if they are pictures
    #[arg(long)]
    pub(crate) document: bool,
    /// Its name on the other side; that of the file when left out
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Answer this message
    #[arg(long, value_name = "MESSAGE")]
    pub(crate) reply: Option<i32>,
    /// Without a sound on the other side
    #[arg(long)]
    pub(crate) silent: bool,
}

/// Fetch the file of a message
///
/// What was broken off goes on where it was.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe download @bob 12\n  chappe download me 7 beach.jpg --force")]
pub(crate) struct DownloadArgs {
    #[command(flatten)]
    pub(crate) peer: PeerArgs,
    /// The message, by its number from `history` or `watch`
    pub(crate) message: i32,
    /// Where to put it: a file, or a folder; the current folder when left out
    pub(crate) path: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// List, add and remove contacts
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  chappe contacts --json\n  chappe contacts add 9996621003 Claude Chappe\n  \
        chappe contacts remove @claude"
)]
pub(crate) struct ContactsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ContactsCommand>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// What to do with contacts.
#[derive(Debug, Subcommand)]
pub(crate) enum ContactsCommand {
    /// Add somebody by phone number
    #[command(after_help = "Examples:\n  chappe contacts add 9996621003 Claude Chappe")]
    Add {
        /// Phone number in international form
        phone: String,
        /// First name
        first_name: String,
        /// Last name
        #[arg(default_value = "")]
        last_name: String,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Remove somebody
    #[command(after_help = "Examples:\n  chappe contacts remove @claude")]
    Remove {
        /// +PHONE, @USERNAME or id:NUMBER
        who: String,
        #[command(flatten)]
        client: ClientArgs,
    },
}

/// List the devices that are logged in, and end their logins
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  chappe sessions\n  chappe sessions end 5210394857162\n  chappe sessions end-others\n  \
        chappe sessions accept 'tg://login?token=…'"
)]
pub(crate) struct SessionsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SessionsCommand>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// What to do with logins.
#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    /// Log another device in that shows a QR code
    #[command(after_help = "Examples:\n  chappe sessions accept 'tg://login?token=…'")]
    Accept {
        /// The text in the code, as `chappe login --qr` shows it
        url: String,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// End the login of another device
    #[command(after_help = "Examples:\n  chappe sessions end 5210394857162")]
    End {
        /// Its number, from `sessions`
        #[arg(allow_negative_numbers = true)]
        hash: i64,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// End the logins of all other devices
    #[command(after_help = "Examples:\n  chappe sessions end-others")]
    EndOthers {
        #[command(flatten)]
        client: ClientArgs,
    },
}

/// Print what happens as it comes, until interrupted
///
/// First what happened since the session was last used. `chappe secret watch` accepts secret chats, too.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  chappe watch\n  chappe watch --json | jq 'select(.event == \"message\")'"
)]
pub(crate) struct WatchArgs {
    /// Print updates that have no words of their own here, too: as JSON of the API
    #[arg(long)]
    pub(crate) raw: bool,
    /// End after so many events, not counting how the connection is
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Print the manual page, or write those of all commands to a folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe man | man -l -\n  chappe man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder
    pub(crate) folder: Option<PathBuf>,
}
