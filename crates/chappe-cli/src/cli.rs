//! The command line: commands, arguments and their help.

mod cloud;
#[cfg(test)]
mod serve_settings;

use std::net::SocketAddr;
use std::path::PathBuf;

use chappe_control::{FloodLimit, Home, Rate};
use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

pub(crate) use cloud::{
    ContactsArgs, ContactsCommand, DialogsArgs, DownloadArgs, HistoryArgs, LogoutArgs, ManArgs, MeArgs,
    PeerArgs, SendArgs, SessionsArgs, SessionsCommand, UploadArgs, WatchArgs,
};

use crate::attachment::Shown;
use crate::docs::DocsArgs;
use crate::failure::{EXIT_CODES, Failure};
use crate::markup::Markup;

/// Telegram in a terminal, with secret chats, and a Telegram server for tests
#[derive(Debug, Parser)]
#[command(
    name = "chappe",
    version,
    arg_required_else_help = true,
    after_help = format!("Start with `chappe demo`: it needs no account and no network.\n\n{EXIT_CODES}")
)]
pub(crate) struct Cli {
    /// Say more on standard error; twice for more, three times for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Chat(ChatScreenArgs),
    Completions(CompletionsArgs),
    Contacts(ContactsArgs),
    Demo(DemoArgs),
    Dialogs(DialogsArgs),
    Docs(DocsArgs),
    Download(DownloadArgs),
    History(HistoryArgs),
    Invoke(InvokeArgs),
    Login(Box<LoginArgs>),
    Logout(LogoutArgs),
    Man(ManArgs),
    Me(MeArgs),
    Rpc(RpcArgs),
    Secret(SecretArgs),
    Send(SendArgs),
    Serve(Box<ServeArgs>),
    Sessions(SessionsArgs),
    Upload(UploadArgs),
    Watch(WatchArgs),
}

/// Show all chats on a screen: cloud and secret ones
///
/// Keys do everything; the line at the bottom names those that do something now, and F1 shows all of them. Works in any
/// terminal, over plain ssh as well.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe chat --session alice.session\n  \
    chappe chat --downloads ~/Downloads --log chat.log -v")]
pub(crate) struct ChatScreenArgs {
    /// The folder for fetched files; the current one when left out
    #[arg(long, value_name = "DIR", env = "CHAPPE_DOWNLOADS")]
    pub(crate) downloads: Option<PathBuf>,
    /// Write the log to this file; without it there is none, since the screen is taken
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe completions bash > ~/.local/share/bash-completion/completions/chappe\n  \
    chappe completions zsh > ~/.zfunc/_chappe")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Show a secret chat between two people on a server of its own
///
/// Starts the embedded server on a free loopback port, logs Alice and Bob in over TCP, opens a secret chat, compares the
/// key pictures, sends a text and every service action, and shows for each what the server could see of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  chappe demo\n  chappe demo --json | jq .")]
pub(crate) struct DemoArgs {
    /// Print lines of JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// Run the embedded Telegram server
///
/// Stock clients log in to it: it needs no service and no network. Numbers of the form 99966XYYYY take X five or six
/// times as their login code; the code for any other number is shown in the log. Everything is in memory unless --data
/// names a folder. Not for real people's messages: it is made for tests.
///
/// Every setting may be given here, in the environment, or in a file of TOML named by --config, whose keys are the long
/// names below without the dashes: `listen = "127.0.0.1:4430"`. What is given here comes first, then the environment,
/// then the file, then the [server] part of a world file.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[command(after_help = "Examples:\n  \
    chappe serve\n  \
    chappe serve --world world.toml --print-json\n  \
    chappe serve --control 127.0.0.1:8080\n  \
    chappe serve --listen 127.0.0.1:4430 --key server.pem --data ./telegram\n  \
    chappe serve --listen 127.0.0.1:4430 --public-key public.pem\n  \
    chappe serve --config serve.toml --log-format json")]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:0]
    #[arg(long, value_name = "ADDR", env = "CHAPPE_LISTEN", help_heading = NETWORK)]
    pub(crate) listen: Option<SocketAddr>,
    /// The number of this data centre; of the one to go to first, if there are several [default: 2]
    #[arg(long, value_name = "N", env = "CHAPPE_DC", value_parser = clap::value_parser!(i32).range(1..=1000), help_heading = NETWORK)]
    pub(crate) dc: Option<i32>,
    /// Be so many data centres with one world, each with a port of its own from that of --listen upwards; numbers
    /// 99966XYYYY are at home in X. Without it as many as the world had before, or one
    #[arg(long, value_name = "N", env = "CHAPPE_DC_COUNT", value_parser = clap::value_parser!(i32).range(1..=5), help_heading = NETWORK)]
    pub(crate) data_centres: Option<i32>,
    /// RSA private key in PEM, made if the file is missing; without it a key is made in memory
    #[arg(long, value_name = "FILE", env = "CHAPPE_KEY", help_heading = NETWORK)]
    pub(crate) key: Option<PathBuf>,
    /// Use the RSA key that is part of this program: starts in milliseconds, and everybody has the private half
    #[arg(long, value_name = "BOOL", env = "CHAPPE_TEST_KEY", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = NETWORK)]
    pub(crate) test_key: Option<bool>,
    /// Refuse what the protocol left behind and some libraries still send, such as the old RSA padding
    #[arg(long, value_name = "BOOL", env = "CHAPPE_STRICT", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = NETWORK)]
    pub(crate) strict: Option<bool>,
    /// How many connections one address may have open at a time [default: 4096]
    #[arg(long, value_name = "N", env = "CHAPPE_CONNECTIONS_PER_ADDRESS", help_heading = NETWORK)]
    pub(crate) connections_per_address: Option<usize>,
    /// Lets each account call a method only so often, `messages.sendMessage=5/60`; `messages.=…` is a whole namespace,
    /// `=…` all of them. Beyond it, FLOOD_WAIT. May be given several times [default: no limits]
    #[arg(long, value_name = "METHODS=CALLS/SECONDS", env = "CHAPPE_FLOOD_LIMITS", value_delimiter = ',', help_heading = NETWORK)]
    pub(crate) flood_limit: Vec<FloodLimit>,
    /// Sends so many login codes to one number, then PHONE_NUMBER_FLOOD
    #[arg(long, value_name = "CODES/SECONDS", env = "CHAPPE_CODES_PER_NUMBER", help_heading = NETWORK)]
    pub(crate) codes_per_number: Option<Rate>,
    /// Sends so many login codes for one device, then PHONE_PASSWORD_FLOOD
    #[arg(long, value_name = "CODES/SECONDS", env = "CHAPPE_CODES_PER_DEVICE", help_heading = NETWORK)]
    pub(crate) codes_per_device: Option<Rate>,
    /// Ask everybody who logs in by a number for a mail address, to which login codes go from then on
    #[arg(long, value_name = "BOOL", env = "CHAPPE_REQUIRE_LOGIN_EMAIL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = NETWORK)]
    pub(crate) require_login_email: Option<bool>,
    /// Lets each account write so many messages in a day, then FLOOD_WAIT [default: 1000000]
    #[arg(long, value_name = "N", env = "CHAPPE_MESSAGES_PER_DAY", help_heading = WORLD)]
    pub(crate) messages_per_day: Option<usize>,
    /// Gives each account so much room for its files, in bytes [default: 16 GiB, in memory 1 GiB]
    #[arg(long, value_name = "BYTES", env = "CHAPPE_FILE_SPACE", help_heading = WORLD)]
    pub(crate) file_space: Option<u64>,
    /// Numbers that begin so are at home in this data centre, `4915=2`. May be given several times
    #[arg(long, value_name = "DIGITS=DC", env = "CHAPPE_HOMES", value_delimiter = ',', help_heading = NETWORK)]
    pub(crate) home: Vec<Home>,
    /// Keep everything in this folder; without it, in memory
    #[arg(long, value_name = "DIR", env = "CHAPPE_DATA", help_heading = WORLD)]
    pub(crate) data: Option<PathBuf>,
    /// Keep accounts, keys and messages in this PostgreSQL database, which several servers with one --key may share
    #[arg(long, value_name = "URL", env = "CHAPPE_DATABASE", hide_env_values = true, help_heading = WORLD)]
    pub(crate) database: Option<String>,
    /// Keep the bytes of files there instead of in --data or memory: file:///folder, or
    /// s3://bucket/prefix?endpoint=http://host:port&region=name with credentials in the environment
    #[arg(long, value_name = "URL", env = "CHAPPE_BLOBS", help_heading = WORLD)]
    pub(crate) blobs: Option<String>,
    /// How servers that share a --database tell each other what happened: nats://host:port [default: LISTEN and NOTIFY]
    #[arg(long, value_name = "URL", env = "CHAPPE_BUS", hide_env_values = true, help_heading = WORLD)]
    pub(crate) bus: Option<String>,
    /// Begin with the accounts, messages and faults of this file, described in docs/world.md; `-` is standard input
    #[arg(long, value_name = "FILE", env = "CHAPPE_WORLD", help_heading = WORLD)]
    pub(crate) world: Option<PathBuf>,
    /// Begin with the world of a snapshot that was downloaded from a control interface
    #[arg(long, value_name = "FILE", env = "CHAPPE_SNAPSHOT", help_heading = WORLD)]
    pub(crate) snapshot: Option<PathBuf>,
    /// Draw all random values from this seed, so that a run repeats; everything secret becomes predictable
    #[arg(long, value_name = "N", env = "CHAPPE_SEED", help_heading = WORLD)]
    pub(crate) seed: Option<u64>,
    /// Once ready, write the public key to this file: what clients take as --server-key
    #[arg(long, value_name = "FILE", env = "CHAPPE_PUBLIC_KEY", help_heading = OUTPUT)]
    pub(crate) public_key: Option<PathBuf>,
    /// Once ready, print one line of JSON: addresses, public key, accounts with codes and session texts
    #[arg(long, value_name = "BOOL", env = "CHAPPE_PRINT_JSON", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = OUTPUT)]
    pub(crate) print_json: Option<bool>,
    /// Show login codes in the log [default: unless there is a control interface to ask for them]
    #[arg(long, value_name = "BOOL", env = "CHAPPE_LOG_CODES", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = OUTPUT)]
    pub(crate) log_codes: Option<bool>,
    /// How log lines on standard error look [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", env = "CHAPPE_LOG_FORMAT", help_heading = OUTPUT)]
    pub(crate) log_format: Option<LogFormat>,
    /// Serve the control interface, metrics and the page to watch on this address; docs/control.md describes it
    #[arg(long, value_name = "ADDR", env = "CHAPPE_CONTROL", help_heading = CONTROL)]
    pub(crate) control: Option<SocketAddr>,
    /// The token that its requests have to show, 8 characters or more [default: random, printed once ready]
    #[arg(long, value_name = "TOKEN", env = "CHAPPE_CONTROL_TOKEN", hide_env_values = true, help_heading = CONTROL)]
    pub(crate) control_token: Option<String>,
    /// Let it listen on an address that other machines reach
    #[arg(long, value_name = "BOOL", env = "CHAPPE_CONTROL_REMOTE", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = CONTROL)]
    pub(crate) control_remote: Option<bool>,
    /// Take settings from this file
    #[arg(long, value_name = "FILE", env = "CHAPPE_CONFIG")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
}

const CONTROL: &str = "Control";
const NETWORK: &str = "Network";
const OUTPUT: &str = "Output";
const WORLD: &str = "World";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// One JSON object a line
    Json,
    /// For people
    #[default]
    Text,
}

impl ServeArgs {
    /// The same with what only the settings file says.
    pub(crate) fn with_file(self) -> Result<Self, Failure> {
        let Some(path) = &self.config else { return Ok(self) };
        let file: Self =
            chappe_control::read_settings(path).map_err(|error| Failure::usage(error.to_string()))?;
        if file.dc.is_some_and(|dc| !(1..=1000).contains(&dc)) {
            return Err(Failure::usage(format!("{}: `dc` is a number from 1 to 1000", path.display())));
        }
        Ok(Self {
            listen: self.listen.or(file.listen),
            dc: self.dc.or(file.dc),
            data_centres: self.data_centres.or(file.data_centres),
            key: self.key.or(file.key),
            test_key: self.test_key.or(file.test_key),
            strict: self.strict.or(file.strict),
            connections_per_address: self.connections_per_address.or(file.connections_per_address),
            flood_limit: if self.flood_limit.is_empty() { file.flood_limit } else { self.flood_limit },
            codes_per_number: self.codes_per_number.or(file.codes_per_number),
            codes_per_device: self.codes_per_device.or(file.codes_per_device),
            require_login_email: self.require_login_email.or(file.require_login_email),
            messages_per_day: self.messages_per_day.or(file.messages_per_day),
            file_space: self.file_space.or(file.file_space),
            home: if self.home.is_empty() { file.home } else { self.home },
            data: self.data.or(file.data),
            database: self.database.or(file.database),
            blobs: self.blobs.or(file.blobs),
            bus: self.bus.or(file.bus),
            world: self.world.or(file.world),
            snapshot: self.snapshot.or(file.snapshot),
            seed: self.seed.or(file.seed),
            public_key: self.public_key.or(file.public_key),
            print_json: self.print_json.or(file.print_json),
            log_codes: self.log_codes.or(file.log_codes),
            log_format: self.log_format.or(file.log_format),
            control: self.control.or(file.control),
            control_token: self.control_token.or(file.control_token),
            control_remote: self.control_remote.or(file.control_remote),
            config: self.config,
        })
    }
}

/// Log in by phone number, QR code or bot token and keep the session in a file
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe login --server 127.0.0.1:4430 --server-key public.pem --session alice.session --phone 9996621234 --name Alice\n  \
    chappe login --server 127.0.0.1:4430 --server-key public.pem --session bot.session --bot-token 1:secret\n  \
    chappe login --qr --session laptop.session\n\n\
    What is left out is asked for in the terminal.")]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// Phone number in international form
    #[arg(long, value_name = "NUMBER", conflicts_with = "bot_token")]
    pub(crate) phone: Option<String>,
    /// The login code; asked for when left out
    #[arg(long, value_name = "CODE", conflicts_with = "bot_token")]
    pub(crate) code: Option<String>,
    /// First name, in case the number has no account yet
    #[arg(long, value_name = "NAME", conflicts_with = "bot_token")]
    pub(crate) name: Option<String>,
    /// A mail address for login codes, in case the server wants one
    #[arg(long, value_name = "ADDRESS", conflicts_with = "bot_token")]
    pub(crate) email: Option<String>,
    /// The account's password, in the first line of this file; asked for when left out
    #[arg(long, value_name = "FILE", conflicts_with = "bot_token")]
    pub(crate) password_file: Option<PathBuf>,
    /// Show a QR code for another device of yours that is logged in
    #[arg(long, conflicts_with_all = ["phone", "code", "name", "email", "bot_token"])]
    pub(crate) qr: bool,
    /// Log in as a bot
    #[arg(long, value_name = "TOKEN", env = "CHAPPE_BOT_TOKEN", hide_env_values = true)]
    pub(crate) bot_token: Option<String>,
}

/// Call any method of the API and print its result as JSON
///
/// The arguments are a JSON object with the fields of the method as in the TL schema. Objects name their constructor in
/// "_"; 64-bit numbers may be numbers or strings; bytes are base64.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe invoke help.getConfig --server 127.0.0.1:4430 --server-key public.pem --session alice.session\n  \
    chappe invoke messages.sendEncryptedService '{\"peer\": {\"_\": \"inputEncryptedChat\", \"chat_id\": 43, \
    \"access_hash\": \"-4156887774564\"}, \"random_id\": \"-4156887774564\", \"data\": \"YXJiaXRyYXJ5IGRhdGEgaGVyZQ==\"}' --encode\n  \
    echo '{\"id\": [{\"_\": \"inputUserSelf\"}]}' | chappe invoke users.getUsers - --session alice.session")]
pub(crate) struct InvokeArgs {
    /// The method, such as messages.sendEncryptedService
    pub(crate) method: String,
    /// The arguments as a JSON object; `-` reads them from standard input
    #[arg(default_value = "{}")]
    pub(crate) arguments: String,
    /// Print the bytes of the call in hexadecimal instead of sending it
    #[arg(long)]
    pub(crate) encode: bool,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Serve programs in any language by JSON-RPC 2.0
///
/// Reads one request a line from standard input and writes responses and events to standard output, or does so for
/// everybody who connects to a Unix socket. Ends when the input ends and all calls have been answered. docs/rpc.md
/// describes the methods and events.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    echo '{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"version\"}' | chappe rpc --session alice.session ...\n  \
    chappe rpc --socket alice.socket --session alice.session ...")]
pub(crate) struct RpcArgs {
    /// Listen on this Unix socket, which only its owner can use, instead of standard input
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Hold secret chats: end-to-end encrypted, between two devices
///
/// A chat lives in the session file of the device that started or accepted it. `watch` prints what happens as it comes;
/// the other commands do one thing and end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe secret new 9996621002 --session alice.session ...\n  \
    chappe secret watch --accept --session bob.session ...\n  \
    chappe secret send 1234567 'Nobody else reads this.' --session alice.session ...\n  \
    chappe secret key 1234567 --session alice.session ...\n\n\
    Every command also takes --server, --server-key and --json; see `chappe login --help`.")]
pub(crate) struct SecretArgs {
    #[command(subcommand)]
    pub(crate) command: SecretCommand,
}

/// One thing to do with secret chats.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Accept a request
    #[command(after_help = "Examples:\n  chappe secret accept 1234567")]
    Accept(ChatArgs),
    /// End a chat on both sides and wipe its keys
    #[command(after_help = "Examples:\n  chappe secret close +9996621002 --delete-history")]
    Close {
        #[command(flatten)]
        chat: ChatArgs,
        /// Ask the other side to delete the history, too
        #[arg(long)]
        delete_history: bool,
    },
    /// End the chats of a session that is an older copy of itself
    ///
    /// Their history stays, and new ones can be started. A session that is none is left as it is.
    #[command(after_help = "Examples:\n  chappe secret close-restored --session alice.session")]
    CloseRestored {
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Decline a request
    #[command(after_help = "Examples:\n  chappe secret decline 1234567")]
    Decline(ChatArgs),
    /// Delete messages on both sides
    #[command(after_help = "Examples:\n  chappe secret delete 1234567 -4156887774564 5210394857162")]
    Delete(MessagesArgs),
    /// Fetch the file of a message and decrypt it
    ///
    /// Media with a short timer, or to be viewed once, are opened by this: their timer starts on both sides. The file of
    /// a message with a timer is removed when its time is over, unless it has been changed or moved.
    #[command(after_help = "Examples:\n  chappe secret download 1234567 -4156887774564\n  \
        chappe secret download +9996621002 -4156887774564 beach.jpg --force")]
    Download {
        #[command(flatten)]
        chat: ChatArgs,
        /// The message, named as by `history` or `watch`
        #[arg(allow_negative_numbers = true)]
        message: i64,
        /// Where to put it: a file, or a folder; the current folder when left out
        path: Option<PathBuf>,
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Print the histories of all chats, one JSON object a line, without connecting
    ///
    /// Also of a session that is refused because it is an older copy, and of one that is damaged: what cannot be read
    /// is left out.
    #[command(after_help = "Examples:\n  chappe secret export --session alice.session > history.jsonl")]
    Export {
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Delete all messages so far on both sides
    #[command(after_help = "Examples:\n  chappe secret flush +9996621002")]
    Flush(ChatArgs),
    /// Forget a chat that has ended, and its history
    #[command(after_help = "Examples:\n  chappe secret forget 1234567")]
    Forget(ChatArgs),
    /// Show what was said, as it is kept on this device
    #[command(after_help = "Examples:\n  chappe secret history +9996621002\n  \
        chappe secret history 1234567 --limit 20 --before 4711\n  chappe secret history 1234567 --search letter --json")]
    History {
        #[command(flatten)]
        chat: ChatArgs,
        /// How many entries, the newest ones
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
        /// Only what is older than this place, from the first column
        #[arg(long, value_name = "PLACE")]
        before: Option<u64>,
        /// Only what is newer than this place, beginning with the oldest of it
        #[arg(long, value_name = "PLACE")]
        after: Option<u64>,
        /// Only messages with this text
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Show the key as a picture and in hexadecimal, to compare with the other side's
    #[command(after_help = "Examples:\n  chappe secret key +9996621002 --png key.png")]
    Key {
        #[command(flatten)]
        chat: ChatArgs,
        /// Write the picture to this file, too
        #[arg(long, value_name = "FILE")]
        png: Option<PathBuf>,
    },
    /// List the chats of this session
    #[command(after_help = "Examples:\n  chappe secret list --json")]
    List {
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Ask somebody for a chat, and wait for the answer
    #[command(after_help = "Examples:\n  chappe secret new 9996621002\n  chappe secret new @bob --wait 0")]
    New {
        /// Who: a phone number in international form, an @username, or id:NUMBER for somebody among the contacts
        user: String,
        /// How many seconds to wait for them to accept; 0 does not wait
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        wait: u64,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Show a message with all that it says
    ///
    /// Media with a short timer, or to be viewed once, are opened by this: their timer starts on both sides. `download`
    /// does that and fetches the file.
    #[command(after_help = "Examples:\n  chappe secret open +9996621002 -4156887774564")]
    Open {
        #[command(flatten)]
        chat: ChatArgs,
        /// The message, named as by `history` or `watch`
        #[arg(allow_negative_numbers = true)]
        message: i64,
    },
    /// Say that everything so far was read, or that the contents of timed messages were opened
    #[command(
        after_help = "Examples:\n  chappe secret read 1234567\n  chappe secret read 1234567 -4156887774564"
    )]
    Read {
        #[command(flatten)]
        chat: ChatArgs,
        /// Names of timed messages whose contents were opened; without any, all messages so far are read
        #[arg(allow_negative_numbers = true)]
        messages: Vec<i64>,
    },
    /// Replace the key by a new one
    #[command(after_help = "Examples:\n  chappe secret rekey 1234567")]
    Rekey(ChatArgs),
    /// Tell the other side that a screenshot was taken
    #[command(after_help = "Examples:\n  chappe secret screenshot 1234567 -4156887774564")]
    Screenshot {
        #[command(flatten)]
        chat: ChatArgs,
        /// Names of the messages on it
        #[arg(allow_negative_numbers = true)]
        messages: Vec<i64>,
    },
    /// Send a text
    #[command(
        after_help = "Examples:\n  chappe secret send +9996621002 'Nobody else reads this.' --ttl 60\n  fortune | chappe secret send 1234567 -"
    )]
    Send {
        #[command(flatten)]
        chat: ChatArgs,
        /// The text; `-` reads it from standard input
        text: String,
        /// Self-destruct timer of this message in seconds
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i32).range(0..))]
        ttl: Option<i32>,
        /// Without a sound on the other side
        #[arg(long)]
        silent: bool,
        /// Answer this message, named as by `send` or `watch`
        #[arg(long, value_name = "MESSAGE", allow_negative_numbers = true)]
        reply: Option<i64>,
        /// Links without a preview
        #[arg(long)]
        no_preview: bool,
        #[command(flatten)]
        markup: MarkupArgs,
    },
    /// Send a person
    #[command(after_help = "Examples:\n  chappe secret send-contact +9996621002 9996621003 Claude Chappe")]
    SendContact {
        #[command(flatten)]
        chat: ChatArgs,
        /// Phone number
        phone: String,
        /// First name
        first_name: String,
        /// Last name
        #[arg(default_value = "")]
        last_name: String,
    },
    /// Send a file, or two to ten as an album
    SendFile(Box<SendFileArgs>),
    /// Send a place
    #[command(after_help = "Examples:\n  \
        chappe secret send-location +9996621002 48.8867 2.3431 --title 'Télégraphe de Montmartre'")]
    SendLocation {
        #[command(flatten)]
        chat: ChatArgs,
        /// Degrees, -90 to 90
        #[arg(allow_negative_numbers = true)]
        latitude: f64,
        /// Degrees, -180 to 180
        #[arg(allow_negative_numbers = true)]
        longitude: f64,
        /// Its name
        #[arg(long)]
        title: Option<String>,
        /// Its address
        #[arg(long)]
        address: Option<String>,
    },
    /// Set the self-destruct timer for messages from now on; 0 turns it off
    #[command(after_help = "Examples:\n  chappe secret ttl 1234567 3600")]
    Ttl {
        #[command(flatten)]
        chat: ChatArgs,
        /// Seconds
        #[arg(value_parser = clap::value_parser!(u32).range(0..=31_536_000))]
        seconds: u32,
    },
    /// Show the other side for six seconds that we are typing
    #[command(after_help = "Examples:\n  chappe secret typing 1234567")]
    Typing {
        #[command(flatten)]
        chat: ChatArgs,
        /// Say that we have stopped
        #[arg(long)]
        stop: bool,
    },
    /// Note that the key picture was compared with the other side's
    #[command(after_help = "Examples:\n  chappe secret verify +9996621002")]
    Verify {
        #[command(flatten)]
        chat: ChatArgs,
        /// Take it back
        #[arg(long)]
        undo: bool,
    },
    /// Print events as they come, until interrupted
    #[command(after_help = "Examples:\n  chappe secret watch --accept --json")]
    Watch {
        /// Accept every request
        #[arg(long)]
        accept: bool,
        #[command(flatten)]
        client: ClientArgs,
    },
}

/// Names one chat.
#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// Number of the chat, from `list` or `watch`; or +PHONE or @USERNAME for the latest one with somebody
    #[arg(allow_negative_numbers = true)]
    pub(crate) chat: ChatName,
    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// Which chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChatName {
    /// The server's number.
    Number(i32),
    /// The latest chat with somebody.
    With(String),
}

impl std::str::FromStr for ChatName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().next() {
            Some('+' | '@') => Ok(Self::With(text.to_owned())),
            _ => text.parse().map(Self::Number).map_err(|_| "give the number of a chat, +PHONE or @USERNAME"),
        }
    }
}

/// How a text is written.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct MarkupArgs {
    /// The text has formatting in Markdown: **bold**, __italic__, ||hidden||, [a link](https://example.org)
    #[arg(long)]
    markdown: bool,
    /// The text has formatting in HTML
    #[arg(long)]
    html: bool,
}

impl MarkupArgs {
    pub(crate) fn markup(self) -> Markup {
        match self {
            Self { markdown: true, .. } => Markup::Markdown,
            Self { html: true, .. } => Markup::Html,
            Self { .. } => Markup::Plain,
        }
    }
}

/// A file to send.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe secret send-file +9996621002 beach.jpg --caption 'See this?' --ttl 30\n  \
    chappe secret send-file 1234567 hello.ogg --kind voice --duration 4\n  \
    chappe secret send-file 1234567 one.jpg two.jpg three.jpg")]
pub(crate) struct SendFileArgs {
    #[command(flatten)]
    pub(crate) chat: ChatArgs,
    /// The files; `-` for what comes on standard input, which goes up as it comes
    #[arg(required = true, num_args = 1..=10, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A text beside it; in an album beside the first file
    #[arg(long, value_name = "TEXT")]
    pub(crate) caption: Option<String>,
    #[command(flatten)]
    pub(crate) markup: MarkupArgs,
    /// What it is shown as
    #[arg(long, value_enum, default_value_t)]
    pub(crate) kind: Shown,
    /// Its name on the other side; that of the file when left out
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Width in pixels; known for a JPEG
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) width: Option<i32>,
    /// Height in pixels; known for a JPEG
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(i32).range(1..))]
    pub(crate) height: Option<i32>,
    /// How long it plays
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) duration: u32,
    /// Name of a piece of music
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Who plays it
    #[arg(long)]
    pub(crate) performer: Option<String>,
    /// What a sticker stands for
    #[arg(long)]
    pub(crate) emoji: Option<String>,
    /// A small JPEG to show meanwhile
    #[arg(long, value_name = "FILE")]
    pub(crate) thumbnail: Option<PathBuf>,
    /// Self-destruct timer of this message in seconds
    #[arg(long, value_name = "SECONDS", conflicts_with = "view_once")]
    pub(crate) ttl: Option<u32>,
    /// It can be opened once, and is gone then
    #[arg(long)]
    pub(crate) view_once: bool,
    /// Without a sound on the other side
    #[arg(long)]
    pub(crate) silent: bool,
    /// Answer this message
    #[arg(long, value_name = "MESSAGE", allow_negative_numbers = true)]
    pub(crate) reply: Option<i64>,
}

/// Names messages of one chat.
#[derive(Debug, Args)]
pub(crate) struct MessagesArgs {
    #[command(flatten)]
    pub(crate) chat: ChatArgs,
    /// Names of the messages, from `send` or `watch`
    #[arg(required = true, allow_negative_numbers = true)]
    pub(crate) messages: Vec<i64>,
}

/// What every client command takes.
#[derive(Debug, Args)]
pub(crate) struct ClientArgs {
    /// Address of the server; without it, Telegram's own data centres
    #[arg(long, value_name = "HOST:PORT", requires = "server_key", env = "CHAPPE_SERVER")]
    pub(crate) server: Option<String>,
    /// RSA public key of that server, in PEM
    #[arg(long, value_name = "PUBLIC.pem", requires = "server", env = "CHAPPE_SERVER_KEY")]
    pub(crate) server_key: Option<PathBuf>,
    /// Number of that server's data centre
    #[arg(long, value_name = "N", default_value_t = 2, requires = "server", env = "CHAPPE_SERVER_DC")]
    pub(crate) server_dc: i32,
    /// Another data centre of that server; may be given several times
    #[arg(
        long = "data-centre",
        value_name = "N=HOST:PORT",
        requires = "server",
        env = "CHAPPE_DATA_CENTRES",
        value_delimiter = ','
    )]
    pub(crate) other_centres: Vec<String>,
    /// Connect by WebSocket, over TLS on port 443: through networks that let nothing but the web pass
    #[arg(long, env = "CHAPPE_WEBSOCKET")]
    pub(crate) websocket: bool,
    /// With --websocket: go over TLS on every port, and trust these root certificates (PEM) in place of the system's
    #[arg(long, value_name = "ROOTS.pem", requires = "websocket", env = "CHAPPE_TLS_ROOTS")]
    pub(crate) tls_roots: Option<PathBuf>,
    /// File that keeps the session: who is logged in, and the secret chats
    #[arg(long, value_name = "FILE", default_value = "chappe.session", env = "CHAPPE_SESSION")]
    pub(crate) session: PathBuf,
    /// The first line of this file is the session's passphrase; without it that in CHAPPE_PASSPHRASE, if there is one
    #[arg(long, value_name = "FILE", env = "CHAPPE_PASSPHRASE_FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Your application's number, from my.telegram.org; a Chappe server takes any
    #[arg(long, value_name = "N", env = "CHAPPE_API_ID")]
    pub(crate) api_id: Option<i32>,
    /// Your application's hash, from my.telegram.org; a Chappe server takes any
    #[arg(long, value_name = "HASH", env = "CHAPPE_API_HASH", hide_env_values = true)]
    pub(crate) api_hash: Option<String>,
    /// Print results and events as JSON only
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
