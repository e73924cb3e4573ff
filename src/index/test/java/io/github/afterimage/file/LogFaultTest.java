package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.platform.FailingAllocations;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets an index live, and lets each of its operations on the disk, each read and each of its native allocations fail in turn: once, three
 * times, from then on, or after it has had its effect. After each, all that was acknowledged is in the files, or an exception has
 * said that it may not be, and the index opens.
 */
class LogFaultTest {
    private static final String NAME = "index.safetensors";
    /** Three ended files of a log are longer than that. */
    private static final long MAX_LOG_BYTES = (3L << 20) - 1;

    /** Whether every fault is tried; by default a fifth of them, drawn by a seed. */
    private static final boolean ALL = Boolean.getBoolean("afterimage.allFaults");

    private static final int SHARE = 5;
    private static final Logger LOG = Logger.getLogger("io.github.afterimage");

    @TempDir
    private Path folder;

    private Map<String, byte[]> begin;
    private Path file;
    private int runs;
    /** Whether each step is checked, as if the process were killed there. */
    private boolean often;

    private int told;
    private final long seed = Long.getLong("afterimage.faultSeed", System.nanoTime());
    private final Random random = new Random(seed);
    private final long bytesBefore = MemoryUse.bytes();

    /** Prepares an index with a log that holds changes. */
    @BeforeEach
    void prepare() throws IOException {
        LOG.setLevel(Level.OFF);
        Path first = Files.createDirectory(folder.resolve("first")).resolve(NAME);
        Session.create(Disk.SYSTEM, first, ElementType.FLOAT32, Durability.never())
                .close();
        try (Session session = Session.open(Disk.SYSTEM, first, Durability.never())) {
            session.change(2);
            session.change(3);
        }
        begin = CrashTest.files(first.getParent());
        file = Files.createDirectory(folder.resolve("faults")).resolve(NAME);
    }

    @AfterEach
    void loud() {
        LOG.setLevel(null);
    }

    static Stream<Durability> durabilities() {
        return Stream.of(Durability.everyChange(), Durability.every(Duration.ofHours(1)));
    }

    /** Operations that fail: those from the nth on, as many as this. */
    private static final int[] LENGTHS = {1, 3, Integer.MAX_VALUE};

    /** Returns the number of the next fault that is tried; -1 is before all. */
    private int after(int fault) {
        return fault + (ALL ? 1 : 1 + random.nextInt(2 * SHARE - 1));
    }

    private String tried() {
        return ALL ? "all faults" : "a fifth of the faults, seed " + seed;
    }

    @ParameterizedTest
    @MethodSource("durabilities")
    void whateverOperationOnTheDiskFailsNothingAcknowledgedIsLostWithoutAWord(Durability durability) throws Exception {
        for (int length : LENGTHS) {
            boolean reached = true;
            for (int n = after(-1); reached; n = after(n)) {
                int first = n;
                IntPredicate failing = number -> number >= first && number - first < length;
                RecordedDisk disk = new Faults(failing, false, false);
                often = length == 1;
                live(disk, durability, "seed " + seed + ": operations " + n + " and " + (length - 1) + " more failed");
                reached = disk.failed();
            }
        }
        System.out.println(durability + ": " + runs + " lives with operations that failed, " + told
                + " changes lost with a word; " + tried());
    }

    @ParameterizedTest
    @MethodSource("durabilities")
    void whateverOperationFailsAfterItsEffectOrForLackOfHeapNothingAcknowledgedIsLostWithoutAWord(Durability durability)
            throws Exception {
        for (boolean heap : new boolean[] {false, true}) {
            boolean reached = true;
            for (int n = after(-1); reached; n = after(n)) {
                int failing = n;
                RecordedDisk disk = new Faults(number -> number == failing, !heap, heap);
                live(
                        disk,
                        durability,
                        "seed " + seed + ": operation " + n + " failed " + (heap ? "for lack of heap" : "late"));
                reached = disk.failed();
            }
        }
        System.out.println(
                durability + ": " + runs + " lives with operations that failed late or for lack of heap; " + tried());
    }

    @ParameterizedTest
    @MethodSource("durabilities")
    void whateverAllocationFailsNothingAcknowledgedIsLostWithoutAWord(Durability durability) throws Exception {
        int allocations = FailingAllocations.count(() -> live(new RecordedDisk(), durability, "nothing failed"));
        for (int n = after(0); n <= allocations; n = after(n)) {
            int nth = n;
            FailingAllocations.fail(
                    n,
                    () -> live(
                            new RecordedDisk(), durability, "seed " + seed + ": allocation " + nth + " was refused"));
            FailingAllocations.failForHeap(
                    n, () -> live(new RecordedDisk(), durability, "seed " + seed + ": no heap for allocation " + nth));
        }
        System.out.println(durability + ": " + runs + " lives with allocations that failed; " + tried());
        assertThat(allocations).isGreaterThan(5);
    }

    @ParameterizedTest
    @MethodSource("durabilities")
    void whateverReadFailsNothingAcknowledgedIsLostWithoutAWord(Durability durability) throws Exception {
        int reads = FailingAllocations.countReads(() -> live(new RecordedDisk(), durability, "nothing failed"));
        for (int n = after(0); n <= reads; n = after(n)) {
            int nth = n;
            int unused = FailingAllocations.failRead(
                    n, () -> live(new RecordedDisk(), durability, "seed " + seed + ": read " + nth + " failed"));
        }
        System.out.println(durability + ": " + runs + " lives with one of " + reads + " reads that failed; " + tried());
        assertThat(reads).isGreaterThan(20);
    }

    /** A disk whose failures have their effect or not, and are of the disk or of the heap. */
    private static class Faults extends RecordedDisk {
        private final boolean heap;

        Faults(IntPredicate failing, boolean late, boolean heap) {
            super(failing, late);
            this.heap = heap;
        }

        @Override
        void fail() throws IOException {
            if (heap) {
                throw new OutOfMemoryError("a test");
            }
            super.fail();
        }
    }

    private void live(RecordedDisk disk, Durability durability, String fault) throws IOException {
        if (runs++ > 0) {
            try (Stream<Path> old = Files.list(file.getParent())) {
                for (Path path : old.toList()) {
                    Files.delete(path);
                }
            }
        }
        for (Map.Entry<String, byte[]> old : begin.entrySet()) {
            Files.write(file.resolveSibling(old.getKey()), old.getValue());
        }
        new Life(disk, durability, fault).run();
        assertThat(MemoryUse.bytes()).as(fault).isEqualTo(bytesBefore);
    }

    /** The life of an index, and what its caller knows of it. */
    private final class Life {
        private final RecordedDisk disk;
        private final Durability durability;
        private final String fault;
        /** All states of the index so far. */
        private final List<String> states = new ArrayList<>();
        /** Number of the first state that no failure may take back. */
        private int safe;

        Life(RecordedDisk disk, Durability durability, String fault) {
            this.disk = disk;
            this.durability = durability;
            this.fault = fault;
        }

        void run() throws IOException {
            states.add(contents());
            try {
                Session session = Session.open(disk, file, durability, MAX_LOG_BYTES);
                try {
                    live(session);
                } finally {
                    close(session);
                }
            } catch (IOException | NotEnoughMemoryException | OutOfMemoryError e) {
                assertThat(states).as(fault).hasSize(1); // opening has failed
            }
            finish();
        }

        /** Goes on with a sound disk. */
        private void finish() {
            check();
            FailingAllocations.spare(() -> {
                try (Session again = Session.open(new RecordedDisk(), file, durability)) {
                    again.change(2);
                    states.add(again.held());
                    safe = states.size() - 1;
                } catch (IOException e) {
                    fail(durability + ", " + fault + ": " + e, e);
                }
            });
            check();
        }

        private void live(Session session) throws IOException {
            change(session, 2);
            change(session, 1);
            change(session, 4);
            disk.beforeRename = name -> {
                if (name.equals(NAME)) {
                    disk.beforeRename = ignored -> {};
                    make(session, 2); // while the save runs
                    checkOften();
                    make(session, 4);
                    checkOften();
                }
            };
            save(session);
            disk.beforeRename = ignored -> {};
            change(session, 2);
            change(session, 1);
            change(session, 6);
            change(session, 0); // the log is saved in the background
            change(session, 4);
            change(session, 2);
        }

        private void change(Session session, int step) {
            make(session, step);
            session.files.awaitFold();
            checkOften();
        }

        private void make(Session session, int step) {
            String before = session.held();
            try {
                session.change(step);
                made(session, durability.waits());
            } catch (UnsavedChangeException e) {
                assertThat(session.held()).as(fault).isNotEqualTo(before);
                made(session, false);
            } catch (UncheckedIOException | NotEnoughMemoryException | OutOfMemoryError e) {
                assertThat(session.held()).as(fault).isEqualTo(before);
            }
        }

        private void made(Session session, boolean promised) {
            states.add(session.held());
            safe = promised ? states.size() - 1 : safe;
        }

        private void save(Session session) {
            int before = states.size() - 1;
            try {
                session.save();
                safe = Math.max(safe, before);
            } catch (IOException | NotEnoughMemoryException | OutOfMemoryError e) {
                // Nothing more is promised than before.
            }
            session.files.awaitFold();
            checkOften();
        }

        private void close(Session session) {
            try {
                session.close();
                safe = states.size() - 1;
            } catch (UnsavedChangeException e) {
                told += states.size() - 1 - safe;
            }
        }

        /** Reads the index as after a kill. */
        private void checkOften() {
            if (often) {
                check();
            }
        }

        private void check() {
            assertThat(states.lastIndexOf(contents()))
                    .as("%s, %s: state of %d", durability, fault, states.size())
                    .isGreaterThanOrEqualTo(safe);
        }

        private String contents() {
            String[] contents = new String[1];
            FailingAllocations.spare(() -> {
                try {
                    contents[0] = Session.contents(file);
                } catch (IOException e) {
                    fail(durability + ", " + fault + ": " + e, e);
                }
            });
            return contents[0];
        }
    }
}
