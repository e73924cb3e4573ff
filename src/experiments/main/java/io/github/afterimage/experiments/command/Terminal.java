package io.github.afterimage.experiments.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** The terminals that show the output of this process. */
public enum Terminal {
    OUTPUT(1),
    ERRORS(2);

    /** The width of most terminals, for one that cannot be asked. */
    public static final int USUAL_COLUMNS = 80;

    private final Path descriptor;

    Terminal(int descriptor) {
        this.descriptor = Path.of("/proc/self/fd/" + descriptor);
    }

    /** Returns true if a terminal shows the output; if the system cannot tell, true if the process has a console. */
    public boolean isShown() {
        try {
            return device().isPresent();
        } catch (IOException | UnsupportedOperationException e) {
            return System.console() != null;
        }
    }

    private Optional<String> device() throws IOException {
        String target = Files.readSymbolicLink(descriptor).toString();
        boolean terminal =
                target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        return terminal ? Optional.of(target) : Optional.empty();
    }

    /** The columns that the environment asks for, or those of the terminal: 80 if it cannot be asked, empty if there is none. */
    public OptionalInt columns() {
        String asked = System.getenv("COLUMNS");
        if (asked != null && asked.matches("[1-9][0-9]{1,4}")) {
            return OptionalInt.of(Integer.parseInt(asked));
        }
        if (!isShown()) {
            return OptionalInt.empty();
        }
        try {
            Process process = new ProcessBuilder("stty", "-F", device().orElseThrow(), "size").start();
            String size = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            int columns = Integer.parseInt(size.substring(size.indexOf(' ') + 1));
            return OptionalInt.of(columns > 0 ? columns : USUAL_COLUMNS);
        } catch (IOException | RuntimeException e) {
            return OptionalInt.of(USUAL_COLUMNS);
        }
    }
}
