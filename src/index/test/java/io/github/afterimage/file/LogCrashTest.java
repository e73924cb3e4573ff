package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.log.LogNames;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replays changes and saves up to every operation on the disk, as it is after a loss of power there; see {@link CrashStates}. */
class LogCrashTest {
    private static final String NAME = "index.safetensors";
    /** Logs a warning at each open of a log that was cut off. */
    private static final Logger WARNINGS = Logger.getLogger(IndexFile.class.getName());

    @TempDir
    private Path folder;

    @TempDir
    private Path crashed;

    @BeforeEach
    void quiet() {
        WARNINGS.setLevel(Level.OFF);
    }

    @AfterEach
    void loud() {
        WARNINGS.setLevel(null);
    }

    static Stream<Durability> durabilities() {
        return Stream.of(Durability.everyChange(), Durability.never(), Durability.every(Duration.ofHours(1)));
    }

    /**
     * A state that the index was in.
     *
     * @param operations operations on the disk until the state was acknowledged
     * @param promised whether no loss of power may take the state back from then on
     */
    private record State(int operations, String contents, boolean promised) {}

    @ParameterizedTest
    @MethodSource("durabilities")
    void afterALossOfPowerAnywhereTheChangesThatArePromisedAreThereAndNoOthersWithoutThoseBefore(Durability durability)
            throws IOException {
        Path file = folder.resolve(NAME);
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, durability).close();
        Map<String, byte[]> files = CrashTest.files(folder);
        RecordedDisk disk = new RecordedDisk();
        List<State> states = new ArrayList<>();
        for (int session = 0; session < 2; session++) {
            try (Session changes = Session.open(disk, file, durability)) {
                states.add(new State(disk.log.size(), changes.held(), true));
                for (int step = 0; step < 6; step++) {
                    changes.change(step + 3 * session);
                    states.add(new State(disk.log.size(), changes.held(), durability.waits()));
                    if (step == 3) {
                        changes.save();
                        states.add(new State(disk.log.size(), changes.held(), true));
                    }
                }
            }
        }
        Set<String> tried = new HashSet<>();
        Set<String> seen = new HashSet<>();
        for (int crash = 0; crash <= disk.log.size(); crash++) {
            Set<String> allowed = allowed(states, crash);
            for (Map<String, byte[]> state : CrashStates.of(files, disk.log.subList(0, crash))) {
                if (tried.add(allowed.hashCode() + CrashStates.digest(state))) {
                    String found = open(state);
                    assertThat(found)
                            .as("%s, after %d of %d operations", durability, crash, disk.log.size())
                            .isIn(allowed);
                    seen.add(found);
                }
            }
        }
        System.out.println("log forced " + durability + ": " + disk.log.size() + " operations, " + tried.size()
                + " states after a crash, " + seen.size() + " of " + states.size() + " states of the index");
        assertThat(seen).containsAll(states.stream().map(State::contents).toList());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterALossOfPowerWhileChangesAreTakenBackNoneButTheLastOfThemAreMissing(boolean logBefore) throws IOException {
        Path file = folder.resolve(NAME);
        Durability durability = Durability.everyChange();
        if (logBefore) {
            Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, durability).close();
            try (Session changes = Session.open(Disk.SYSTEM, file, durability)) {
                changes.change(2);
            }
        } else {
            try (Saves saves = new Saves(file)) {
                saves.add(3).save();
            }
        }
        Map<String, byte[]> files = CrashTest.files(folder);
        RecordedDisk disk = new RecordedDisk();
        Set<String> held = new HashSet<>();
        String before;
        int begun;
        try (Session changes = Session.open(disk, file, durability)) {
            before = changes.held();
            held.add(before);
            for (int step = 0; step < 6; step++) {
                if (step == 3) { // a save that fails has ended a file of the log
                    disk.beforeRename = name -> {
                        throw new UncheckedIOException(new IOException("not today"));
                    };
                    assertThatThrownBy(changes::save).hasMessageContaining("not today");
                    disk.beforeRename = name -> {};
                }
                changes.change(step);
                held.add(changes.held());
            }
            assertThat(new LogNames(file).files()).hasSizeGreaterThan(logBefore ? 2 : 1);
            begun = disk.log.size();
            assertThat(changes.files.revert()).isTrue();
        }
        for (int crash = begun; crash <= disk.log.size(); crash++) {
            Set<String> allowed = crash == disk.log.size() ? Set.of(before) : held;
            for (Map<String, byte[]> state : CrashStates.of(files, disk.log.subList(0, crash))) {
                assertThat(open(state))
                        .as("after %d of %d operations of taking back", crash - begun, disk.log.size() - begun)
                        .isIn(allowed);
            }
        }
    }

    /** Returns what the index may hold: from the last promised state to the state that is being made. */
    private static Set<String> allowed(List<State> states, int crash) {
        int last = 0;
        int promised = 0;
        for (int i = 0; i < states.size() && states.get(i).operations <= crash; i++) {
            last = i;
            promised = states.get(i).promised ? i : promised;
        }
        Set<String> allowed = new HashSet<>();
        for (int i = promised; i <= Math.min(last + 1, states.size() - 1); i++) {
            allowed.add(states.get(i).contents);
        }
        return allowed;
    }

    private String open(Map<String, byte[]> state) throws IOException {
        try (Stream<Path> old = Files.list(crashed)) {
            for (Path path : old.toList()) {
                Files.delete(path);
            }
        }
        for (Map.Entry<String, byte[]> file : state.entrySet()) {
            Files.write(crashed.resolve(file.getKey()), file.getValue());
        }
        return Session.contents(crashed.resolve(NAME));
    }
}
