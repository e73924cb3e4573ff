package io.github.afterimage.cli;

/** How a command ended. */
final class ExitCode {
    /** All was done. */
    static final int DONE = 0;
    /** It could not be done: a file is missing, a network or values cannot be used, memory or disk is full. */
    static final int FAILED = 1;
    /** The command line asks for something that does not exist or does not fit together. */
    static final int USAGE = 2;
    /** An index or data are damaged, or not of the form expected: contradictory, incomplete, of another layout or type. */
    static final int CORRUPT = 3;
    /** As a shell reports a program whose terminal was closed. */
    static final int HUNG_UP = 129;
    /** As a shell reports a program that Ctrl-C ended. */
    static final int INTERRUPTED = 130;
    /** As a shell reports a program that kill or a service manager ended with SIGTERM. */
    static final int TERMINATED = 143;

    private ExitCode() {}
}
