package io.github.afterimage.cli.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Whether a person watches an output of this process, and on how wide a terminal. */
public enum Terminal {
    OUTPUT(1),
    ERRORS(2);

    /** The width of most terminals, for one that cannot be asked. */
    public static final int USUAL_COLUMNS = 80;

    private final Path descriptor;

    Terminal(int descriptor) {
        this.descriptor = Path.of("/proc/self/fd/" + descriptor);
    }

    /** True where the output is shown on a terminal; where the system cannot tell, where input and output are. */
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

    /** How many columns the terminal has; 80 where it cannot be asked, empty where there is none. */
    public OptionalInt columns() {
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
