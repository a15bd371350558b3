// Package line is the line face of the chat client: a person types commands on a terminal, or a program writes them into a pipe.
//
// # Commands
//
// A command is a word at the start of a line, with or without a slash before it:
//
//	create NAME        make an account; asks for its password, twice
//	login NAME         log in; asks for the password
//	send NAME TEXT     send a message; it waits for NAME if that account is not logged in
//	to NAME            talk to NAME: every line that does not begin with a slash is sent; "/to" alone ends it
//	list [PATTERN]     list accounts: all, by wildcard (al*), or by regular expression (/^al/)
//	delete NAME        delete the account that is logged in; its name confirms
//	logout             log out
//	help               show the commands
//	exit               leave
//
// On a terminal, what is missing is asked for, and messages arrive above the line that is being typed.
//
// In a pipe nothing is asked for: passwords come from the password file, delete wants the name as its argument, empty lines and lines that
// begin with # are skipped. Results and messages are printed on the standard output in order, errors and what happens to the connection on
// the standard error output. At the end of the input everything in flight is waited for, messages that are due are printed, and the program
// leaves with status 0, or 1 if a command failed.
//
// # JSON lines
//
// With JSON every line of input is an object, and so is every line of output; nothing is printed elsewhere. Input:
//
//	cmd       "create", "login", "list", "send", "delete", "logout", "sync" or "exit"
//	ref       any value; it comes back in the result
//	name      create, login, delete: the account
//	password  create, login: else the password file is used
//	again     create: the password once more; the same if it is missing
//	to, text  send
//	by        list: "all", "wildcard" or "regex"; without it "all", or "wildcard" if there is a pattern
//	pattern   list
//
// The result of sync comes when all before it is done and, if there is a connection, the server has answered a PING: every message that was
// due is printed. With that, these lines are the contract by which wirecheck drives a client.
//
// Output has the field "event":
//
//	connected      server, features: once, at the start
//	result         cmd, ref, ok; and if ok is false: error, a name, and message, a sentence. If it is true: name, waiting (login),
//	               names (list), time, duplicate (send). Results come in the order of the commands.
//	message        from, incarnation, time, text, epoch, sequence
//	disconnected   message, unsent: the connection was lost and is being sought again
//	reconnected    name, if an account is logged in again
//	logged_out     message, unsent: the account could not be logged in again
//	ended          message: there will be no more connections
//
// Times are RFC 3339 in UTC with milliseconds. Epochs, incarnations and sequences have 64 bits and are strings of decimal digits. The error
// is the name of an error of the protocol (NO_SUCH_USER), or USAGE, NOT_LOGGED_IN, LOGGED_IN, LOST, TIMEOUT, NOT_SENT, UNKNOWN_FATE
// or FAILED.
package line
