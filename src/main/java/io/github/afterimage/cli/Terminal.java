package io.github.afterimage.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person watches, and on how wide a terminal. */
final class Terminal {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    /** True where standard error is shown on a terminal; where the system cannot tell, where input and output are. */
    static boolean showsErrors() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null;
        }
    }

    /** How many columns the terminal has that shows standard error; 80 where it cannot be asked. */
    static int columns() {
        try {
            String terminal = Files.readSymbolicLink(STANDARD_ERROR).toString();
            Process process = new ProcessBuilder("stty", "-F", terminal, "size").start();
            String size = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            int columns = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
            return columns > 0 ? columns : USUAL_COLUMNS;
        } catch (IOException | RuntimeException e) {
            return USUAL_COLUMNS;
        }
    }
}
