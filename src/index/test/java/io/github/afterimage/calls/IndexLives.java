package io.github.afterimage.calls;

import io.github.afterimage.calls.SystemCalls.Call;
import io.github.afterimage.calls.SystemCalls.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The process of {@link SystemCallsTest}: lives of an index, one after the other, and what is found in them. */
final class IndexLives {
    private static final int MOST_FINDINGS = 20;
    /** Logs a warning at each open of a log that was cut off. */
    private static final Logger WARNINGS = Logger.getLogger("io.github.afterimage");

    final Map<Call, Integer> calls = new EnumMap<>(Call.class);
    final Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    int states;
    int unopened;
    int beyondPromise;
    int withRemovedKeys;
    int forgotten;
    final List<String> findings = new ArrayList<>();

    private IndexLives() {}

    /** Arguments: seconds, the seed of the first life, lives at most, and a folder for states after a loss of power. */
    public static void main(String[] arguments) throws IOException {
        WARNINGS.setLevel(Level.OFF);
        SystemCalls calls = new SystemCalls(Path.of(System.getenv(SystemCalls.FILE)));
        Path folder = Path.of(System.getenv(SystemCalls.FOLDER));
        IndexLives lives = new IndexLives();
        long end = System.nanoTime() + Long.parseLong(arguments[0]) * 1_000_000_000L;
        long first = Long.parseLong(arguments[1]);
        long most = Long.parseLong(arguments[2]);
        System.out.println("SystemCallsTest seed " + first);
        long life = 0;
        while (life < most && System.nanoTime() < end && lives.findings.size() < MOST_FINDINGS) {
            new IndexLife(calls, folder, Path.of(arguments[3]), first + life, lives).run();
            life++;
        }
        lives.findings.forEach(finding -> System.out.println("found: " + finding));
        System.out.println("calls " + lives.calls);
        System.out.println(life + " lives, " + lives.forgotten + " keys forgotten, " + lives.faults(Fault.FAILS)
                + " failed calls, " + lives.faults(Fault.FAILS_LATE) + " that failed after their effect, "
                + lives.faults(Fault.SHORT) + " short ones; " + lives.states
                + " states after a loss of power or a kill, "
                + lives.unopened + " that do not open, " + lives.beyondPromise + " beyond the promise, "
                + lives.withRemovedKeys + " with bytes of forgotten keys");
        System.exit(lives.findings.isEmpty() ? 0 : 1);
    }

    private int faults(Fault fault) {
        return faults.getOrDefault(fault, 0);
    }
}
