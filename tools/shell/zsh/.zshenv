# Read by the zsh of `tcpstate record -- zsh' and `tcpstate enter': the user's own files as ever,
# from where they are, and then (.zshrc) a prompt that says which recording's shell this is.
TCPSTATE_ZSH=$ZDOTDIR
ZDOTDIR=${TCPSTATE_ZDOTDIR:-$HOME}
[[ -f $ZDOTDIR/.zshenv ]] && . $ZDOTDIR/.zshenv
TCPSTATE_ZDOTDIR=$ZDOTDIR
ZDOTDIR=$TCPSTATE_ZSH
