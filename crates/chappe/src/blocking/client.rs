use chappe_tl::Function;

use super::{Each, SecretChats, WaitEach, begins, waits};
use crate::dialogs::Dialogs;
use crate::files::{Download, Downloadable, FileInput, Upload};
use crate::messages::{EditMessage, Messages, SendMessage};
use crate::rt::block_on;
use crate::{
    ClientBuilder, Error, InvokeError, InvokeOptions, LoginToken, Peer, PeerRef, SecretEvents, SignIn,
    StoredSession, UpdateStream, markup, types,
};

/// A connection to Telegram whose methods wait. Cheap to clone; all clones share it.
///
/// ```no_run
/// use chappe::blocking::{Client, Wait};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let session = chappe::SqliteSession::open("alice.session").wait()?;
/// let client = Client::connect(chappe::Client::builder(1, "hash from my.telegram.org").session(session))?;
/// for event in client.updates() {
///     if event.text() == Some("stop") {
///         break;
///     }
/// }
/// client.disconnect()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// Connects as [`ClientBuilder::connect`] does, and waits.
    ///
    /// ```no_run
    /// use chappe::blocking::Client;
    ///
    /// # fn main() -> Result<(), chappe::Error> {
    /// let client = Client::connect(chappe::Client::builder(1, "hash from my.telegram.org"))?;
    /// client.sign_in_bot("123456:TOKEN")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn connect(builder: ClientBuilder) -> Result<Self, Error> {
        block_on(builder.connect()).map(Self)
    }

    /// The client itself, for what has no method here: [`Wait::wait`](super::Wait::wait) ends what it begins.
    ///
    /// ```no_run
    /// use chappe::blocking::{Client, Wait};
    ///
    /// # fn run(client: Client) -> Result<(), chappe::Error> {
    /// for device in client.handle().sessions().wait()? {
    ///     println!("{}", device.device_model);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn handle(&self) -> &crate::Client {
        &self.0
    }

    /// [`invoke`](crate::Client::invoke), and waits.
    ///
    /// # Errors
    /// As there.
    pub fn invoke<R: Function>(&self, request: R) -> Result<R::Response, InvokeError> {
        block_on(self.0.invoke(request))
    }

    /// [`invoke_with`](crate::Client::invoke_with), and waits.
    ///
    /// # Errors
    /// As there.
    pub fn invoke_with<R: Function>(
        &self,
        request: R,
        options: InvokeOptions,
    ) -> Result<R::Response, InvokeError> {
        block_on(self.0.invoke_with(request, options))
    }

    waits! { "Client":
        fn invoke_raw(request: Vec<u8>) -> Result<Vec<u8>, InvokeError>;
        fn is_authorized() -> Result<bool, Error>;
        fn me() -> Result<types::User, Error>;
        fn request_login_code(phone: &str) -> Result<LoginToken, Error>;
        fn sign_in(token: &LoginToken, code: &str) -> Result<SignIn, Error>;
        fn sign_up(token: &LoginToken, first_name: &str, last_name: &str) -> Result<types::User, Error>;
        fn check_password(password: &str) -> Result<types::User, Error>;
        fn sign_in_bot(bot_token: &str) -> Result<types::User, Error>;
        fn log_out() -> Result<(), Error>;
        fn resolve(who: &str) -> Result<Peer, Error>;
        fn resolve_phone(phone: &str) -> Result<types::User, Error>;
        fn import_contact(phone: &str, first_name: &str, last_name: &str) -> Result<types::User, Error>;
        fn catch_up() -> Result<(), Error>;
        fn disconnect() -> Result<(), Error>;
    }

    begins! { "Client":
        fn send(to: impl Into<PeerRef>, text: impl Into<markup::FormattedText>) -> SendMessage;
        fn edit(chat: impl Into<PeerRef>, id: i32, text: impl Into<markup::FormattedText>) -> EditMessage;
        fn messages(chat: impl Into<PeerRef>) -> Messages;
        fn dialogs() -> Dialogs;
        fn search(text: impl Into<String>) -> Messages;
        fn upload(input: impl Into<FileInput>) -> Upload;
        fn download(file: impl Into<Downloadable>) -> Download;
    }

    /// The login as it is stored now, see [`stored_session`](crate::Client::stored_session). Secret.
    pub fn stored_session(&self) -> Option<StoredSession> {
        block_on(self.0.stored_session())
    }

    /// Everything that happens from now on, as an iterator that waits. It ends with [`Client::disconnect`].
    ///
    /// ```no_run
    /// # fn run(client: chappe::blocking::Client) {
    /// for event in client.updates() {
    ///     println!("{event:?}");
    /// }
    /// # }
    /// ```
    pub fn updates(&self) -> Each<UpdateStream> {
        self.0.updates().wait_each()
    }

    /// The events of secret chats from now on, as an iterator that waits.
    pub fn secret_events(&self) -> Each<SecretEvents> {
        self.0.secret_events().wait_each()
    }

    /// The secret chats of this account on this device.
    pub fn secret_chats(&self) -> SecretChats {
        SecretChats(self.0.secret_chats())
    }
}
