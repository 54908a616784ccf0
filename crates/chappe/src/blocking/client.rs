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
    /// ```no_run
    /// use chappe::functions;
    ///
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// let nearest = client.invoke(functions::help::GetNearestDc {})?;
    /// println!("data centre {} is near", nearest.nearest_dc);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn invoke<R: Function>(&self, request: R) -> Result<R::Response, InvokeError> {
        block_on(self.0.invoke(request))
    }

    /// [`invoke_with`](crate::Client::invoke_with), and waits.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use chappe::{InvokeOptions, functions};
    ///
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// let options = InvokeOptions { timeout: Some(Duration::from_secs(2)), ..InvokeOptions::default() };
    /// println!("{:?}", client.invoke_with(functions::help::GetConfig {}, options)?);
    /// # Ok(())
    /// # }
    /// ```
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
        /// ```no_run
        /// use chappe::{Decode, Encode, functions, types};
        ///
        /// # fn run(client: chappe::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
        /// let answer = client.invoke_raw(functions::help::GetNearestDc {}.to_bytes()?)?;
        /// println!("{}", types::NearestDc::from_bytes(&answer)?.country);
        /// # Ok(())
        /// # }
        /// ```
        fn invoke_raw(request: Vec<u8>) -> Result<Vec<u8>, InvokeError>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// if !client.is_authorized()? {
        ///     client.sign_in_bot("123456:TOKEN")?;
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn is_authorized() -> Result<bool, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// println!("{}", client.me()?.first_name.unwrap_or_default());
        /// # Ok(())
        /// # }
        /// ```
        fn me() -> Result<types::User, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let token = client.request_login_code("+9996612345")?;
        /// println!("the code: {:?}", token.delivery);
        /// # Ok(())
        /// # }
        /// ```
        fn request_login_code(phone: &str) -> Result<LoginToken, Error>;
        /// ```no_run
        /// use chappe::SignIn;
        ///
        /// # fn run(client: chappe::blocking::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
        /// match client.sign_in(&token, "22222")? {
        ///     SignIn::Done(me) => println!("{} is logged in", me.id),
        ///     more => println!("there is more to do: {more:?}"),
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn sign_in(token: &LoginToken, code: &str) -> Result<SignIn, Error>;
        /// ```no_run
        /// use chappe::SignIn;
        ///
        /// # fn run(client: chappe::blocking::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
        /// if let SignIn::SignUpRequired { .. } = client.sign_in(&token, "22222")? {
        ///     client.sign_up(&token, "Ada", "Lovelace")?;
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn sign_up(token: &LoginToken, first_name: &str, last_name: &str) -> Result<types::User, Error>;
        /// ```no_run
        /// use chappe::SignIn;
        ///
        /// # fn run(client: chappe::blocking::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
        /// if let SignIn::PasswordRequired { .. } = client.sign_in(&token, "22222")? {
        ///     client.check_password("correct horse")?;
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn check_password(password: &str) -> Result<types::User, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let bot = client.sign_in_bot("123456:TOKEN")?;
        /// println!("@{}", bot.username.unwrap_or_default());
        /// # Ok(())
        /// # }
        /// ```
        fn sign_in_bot(bot_token: &str) -> Result<types::User, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// client.log_out()?;
        /// assert!(!client.is_authorized()?);
        /// # Ok(())
        /// # }
        /// ```
        fn log_out() -> Result<(), Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// println!("{}", client.resolve("@chappe")?.name());
        /// # Ok(())
        /// # }
        /// ```
        fn resolve(who: &str) -> Result<Peer, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let friend = client.resolve_phone("+9996612346")?;
        /// client.secret_chats().start(&friend)?.ready()?;
        /// # Ok(())
        /// # }
        /// ```
        fn resolve_phone(phone: &str) -> Result<types::User, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let friend = client.import_contact("+9996612346", "Bob", "")?;
        /// println!("{}", friend.id);
        /// # Ok(())
        /// # }
        /// ```
        fn import_contact(phone: &str, first_name: &str, last_name: &str) -> Result<types::User, Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// client.catch_up()?; // what came in while nothing ran here
        /// for chat in client.secret_chats().list()? {
        ///     println!("{}: {} received", chat.id, chat.received_count);
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn catch_up() -> Result<(), Error>;
        /// ```no_run
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// client.disconnect()?; // everything is stored now
        /// # Ok(())
        /// # }
        /// ```
        fn disconnect() -> Result<(), Error>;
    }

    begins! { "Client":
        /// ```no_run
        /// use chappe::blocking::Wait;
        ///
        /// # fn run(client: chappe::blocking::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        /// let sent = client.send(chat, "Good **morning**").markdown().wait()?;
        /// println!("message {}", sent.id());
        /// # Ok(())
        /// # }
        /// ```
        fn send(to: impl Into<PeerRef>, text: impl Into<markup::FormattedText>) -> SendMessage;
        /// ```no_run
        /// use chappe::blocking::Wait;
        ///
        /// # fn run(client: chappe::blocking::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        /// client.edit(chat, 17, "Good evening").wait()?;
        /// # Ok(())
        /// # }
        /// ```
        fn edit(chat: impl Into<PeerRef>, id: i32, text: impl Into<markup::FormattedText>) -> EditMessage;
        /// ```no_run
        /// use chappe::blocking::WaitEach;
        ///
        /// # fn run(client: chappe::blocking::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
        /// for message in client.messages(chat).limit(10).into_stream().wait_each() {
        ///     println!("{}", message?.text());
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn messages(chat: impl Into<PeerRef>) -> Messages;
        /// ```no_run
        /// use chappe::blocking::WaitEach;
        ///
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// for dialog in client.dialogs().into_stream().wait_each() {
        ///     println!("{}", dialog?.peer().name());
        /// }
        /// # Ok(())
        /// # }
        /// ```
        fn dialogs() -> Dialogs;
        /// ```no_run
        /// use chappe::blocking::Wait;
        ///
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let found = client.search("key picture").limit(10).collect().wait()?;
        /// println!("{} messages speak of it", found.len());
        /// # Ok(())
        /// # }
        /// ```
        fn search(text: impl Into<String>) -> Messages;
        /// ```no_run
        /// use chappe::blocking::Wait;
        ///
        /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
        /// let photo = client.upload("me.jpg").wait()?;
        /// client.handle().set_profile_photo(photo).wait()?;
        /// # Ok(())
        /// # }
        /// ```
        fn upload(input: impl Into<FileInput>) -> Upload;
        /// ```no_run
        /// use chappe::blocking::Wait;
        ///
        /// # fn run(client: chappe::blocking::Client, file: chappe::enums::InputFileLocation) -> Result<(), chappe::Error> {
        /// client.download(file).to_path("copy.bin").wait()?;
        /// # Ok(())
        /// # }
        /// ```
        fn download(file: impl Into<Downloadable>) -> Download;
    }

    /// The login as it is stored now, see [`stored_session`](crate::Client::stored_session). Secret.
    ///
    /// ```no_run
    /// # fn run(client: chappe::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(session) = client.stored_session() {
    ///     std::fs::write("login.bin", &*session.to_bytes())?; // secret, like a password
    /// }
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```no_run
    /// use chappe::secret::SecretEvent;
    ///
    /// # fn run(client: chappe::blocking::Client) {
    /// for event in client.secret_events() {
    ///     if let SecretEvent::Message(message) = event {
    ///         println!("{}: {:?}", message.chat, message.content);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn secret_events(&self) -> Each<SecretEvents> {
        self.0.secret_events().wait_each()
    }

    /// The secret chats of this account on this device.
    ///
    /// ```no_run
    /// # fn run(client: chappe::blocking::Client) -> Result<(), chappe::Error> {
    /// for chat in client.secret_chats().list()? {
    ///     println!("{} with {}: {:?}", chat.id, chat.user_id, chat.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn secret_chats(&self) -> SecretChats {
        SecretChats(self.0.secret_chats())
    }
}
