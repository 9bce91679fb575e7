# For tests of pages: Firefox without a window, told what to do by Marionette, its own line:
# messages of JSON with their length before them. Read it behind tests/lib.sh.
# shellcheck shell=bash
firefox='' ff_pid='' ff_number=0
# firefox_or_not WHAT: "the page is not looked at in Firefox" is what is left out without it; 1, and
# $firefox is empty then. firefox_or_skip WHAT: the script ends there.
firefox_or_not() {
	local name
	for name in firefox-esr firefox; do
		command -v "$name" >/dev/null && firefox=$name && break
	done
	[ "$firefox" ] || { echo "skip - no Firefox is installed: $1"; return 1; }
	firefox_start && return
	echo "skip - Firefox does not start here: $1"
	firefox=''
	return 1
}
firefox_or_skip() { firefox_or_not "$1" || exit 0; }
# It writes the port that it has chosen into its profile.
firefox_start() {
	local profile=$TMP/firefox port
	mkdir -p "$profile"
	cat >"$profile/user.js" <<-'END'
	user_pref("marionette.port", 0);
	user_pref("browser.shell.checkDefaultBrowser", false);
	user_pref("datareporting.policy.dataSubmissionEnabled", false);
	user_pref("toolkit.telemetry.enabled", false);
	user_pref("app.update.disabledForTesting", true);
	user_pref("ui.systemUsesDarkTheme", 1);
	END
	HOME=$profile "$firefox" --headless --no-remote --profile "$profile" --marionette \
		about:blank >"$TMP/firefox.log" 2>&1 &
	ff_pid=$!
	comes test -s "$profile/MarionetteActivePort" &&
		port=$(cat "$profile/MarionetteActivePort") &&
		exec {ff}<>"/dev/tcp/127.0.0.1/$port" && firefox_hears >/dev/null &&
		firefox_does WebDriver:NewSession '{}' >/dev/null
}
firefox_end() {
	[ "$ff_pid" ] || return
	kill "$ff_pid" 2>/dev/null
	wait "$ff_pid" 2>/dev/null
}
firefox_hears() {
	local LC_ALL=C length message
	IFS= read -r -t 60 -d : -u "$ff" length &&
		IFS= read -r -t 60 -N "$length" -u "$ff" message && printf '%s\n' "$message"
}
# firefox_does COMMAND PARAMETERS: its answer, [1,number,error,result]; 1: it is an error
firefox_does() {
	local LC_ALL=C message answer
	message="[0,$((++ff_number)),\"$1\",$2]"
	printf '%s:%s' "${#message}" "$message" >&"$ff"
	answer=$(firefox_hears) && printf '%s\n' "$answer" && [[ $answer == '[1,'*,null,* ]]
}
firefox_goes() { firefox_does WebDriver:Navigate "{\"url\":\"$1\"}" >/dev/null; }   # URL
# firefox_says EXPRESSION: its value, a text without quotes or control characters, line by line
firefox_says() {
	firefox_does WebDriver:ExecuteScript "{\"script\":\"return $1\",\"args\":[]}" |
		sed 's/^\[1,[0-9]*,null,{"value":"//; s/"}\]$//; s/\\n/\n/g; s/\\"/"/g'
}
