//! What `initConnection` tells the server about the program.

/// The program and the machine as the user sees them in the list of sessions.
///
/// ```
/// use chappe::Device;
///
/// // What is shown unless the builder says otherwise.
/// let device = Device { model: "Kitchen radio".to_owned(), ..Device::default() };
/// assert_eq!((device.lang.as_str(), device.system.as_str()), ("en", std::env::consts::OS));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// Model of the machine.
    pub model: String,
    /// Operating system and its version.
    pub system: String,
    /// Version of the program.
    pub app_version: String,
    /// Language of the user, as an ISO 639-1 code.
    pub lang: String,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            model: "Chappe".to_owned(),
            system: std::env::consts::OS.to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            lang: "en".to_owned(),
        }
    }
}
