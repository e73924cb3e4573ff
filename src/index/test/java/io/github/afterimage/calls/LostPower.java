package io.github.afterimage.calls;

import io.github.afterimage.calls.SystemCalls.Call;
import io.github.afterimage.calls.SystemCalls.Done;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * The contents that a folder may have after a loss of power: of the bytes that were written to a file, and of its lengths, since it was last
 * forced, any are lost, also single sectors; of the names that were given and taken since the folder was last forced, too.
 */
final class LostPower {
    private static final int SECTOR = 512;

    private enum Fate {
        UNFORCED,
        FORCED,
        /** The system takes it for written after it has reported the failure. */
        GIVEN_UP
    }

    /** Bytes of a file, or its length. */
    private static final class Change {
        private final Done done;
        private Fate fate = Fate.UNFORCED;

        Change(Done done) {
            this.done = done;
        }
    }

    /** A file, of whatever names. */
    private static final class Content {
        /** The contents that no loss takes; the changes follow them. */
        private byte[] forced = {};

        private final List<Change> changes = new ArrayList<>();

        void force(Fate fate) {
            for (Change change : changes) {
                change.fate = change.fate == Fate.UNFORCED ? fate : change.fate;
            }
            while (!changes.isEmpty() && changes.get(0).fate == Fate.FORCED) {
                forced = made(forced, changes.remove(0).done);
            }
        }

        byte[] bytes() {
            byte[] bytes = forced;
            for (Change change : changes) {
                bytes = made(bytes, change.done);
            }
            return bytes;
        }

        byte[] bytes(Random random, double kept) {
            byte[] bytes = forced;
            for (Change change : changes) {
                if (change.fate == Fate.FORCED || random.nextDouble() < kept) {
                    boolean torn = change.fate != Fate.FORCED && random.nextInt(4) == 0;
                    bytes = torn ? torn(bytes, change.done, random) : made(bytes, change.done);
                }
            }
            return bytes;
        }

        private static byte[] made(byte[] bytes, Done done) {
            int end = (int) done.offset() + done.data().length;
            int length = done.call() == Call.TRUNCATE ? end : Math.max(bytes.length, end);
            byte[] made = Arrays.copyOf(bytes, length);
            System.arraycopy(done.data(), 0, made, (int) done.offset(), done.data().length);
            return made;
        }

        private static byte[] torn(byte[] bytes, Done done, Random random) {
            byte[] torn = bytes;
            for (int from = 0; from < done.data().length; ) {
                int sector = SECTOR - (int) (done.offset() + from) % SECTOR;
                int to = Math.min(done.data().length, from + sector);
                if (random.nextBoolean()) {
                    byte[] data = Arrays.copyOfRange(done.data(), from, to);
                    torn = made(
                            torn,
                            new Done(done.call(), done.file(), done.offset() + from, done.name(), done.to(), data));
                }
                from = to;
            }
            return torn;
        }
    }

    /** A name that is given or taken; the content is that of a new file. */
    private record Naming(Done done, Content content) {
        void make(Map<String, Content> names) {
            switch (done.call()) {
                case CREATE -> names.put(done.name(), content);
                case UNLINK -> names.remove(done.name());
                case LINK -> {
                    if (names.containsKey(done.name())) {
                        names.put(done.to(), names.get(done.name()));
                    }
                }
                default -> {
                    if (names.containsKey(done.name()) && names.get(done.name()) != names.get(done.to())) {
                        names.put(done.to(), names.remove(done.name()));
                    }
                }
            }
        }
    }

    /** Whether the bytes that a force fails to write may be lost even if a later one succeeds, as on Linux. */
    boolean givesUp;

    private final Map<String, Content> forced = new TreeMap<>();
    private final List<Naming> unforced = new ArrayList<>();
    private final Map<String, Content> names = new TreeMap<>();
    /** By file descriptor; the folder has none. */
    private final Map<Integer, Content> files = new HashMap<>();

    void follow(List<Done> calls) {
        calls.forEach(this::follow);
    }

    private void follow(Done done) {
        switch (done.call()) {
            case CREATE, RENAME, LINK, UNLINK -> {
                Naming naming = new Naming(done, new Content());
                naming.make(names);
                unforced.add(naming);
                if (done.call() == Call.CREATE) {
                    files.put(done.file(), naming.content);
                }
            }
            case OPEN -> files.put(done.file(), names.get(done.name()));
            case FORCE, FORCE_FAILED -> {
                Content content = files.get(done.file());
                boolean failed = done.call() == Call.FORCE_FAILED;
                if (content != null) {
                    content.force(!failed ? Fate.FORCED : givesUp ? Fate.GIVEN_UP : Fate.UNFORCED);
                } else if (!failed) {
                    unforced.forEach(naming -> naming.make(forced));
                    unforced.clear();
                }
            }
            default ->
                Objects.requireNonNull(files.get(done.file()), () -> done + " of no file")
                        .changes
                        .add(new Change(done));
        }
    }

    /** Returns what is there if nothing is lost. */
    Map<String, byte[]> present() {
        Map<String, byte[]> present = new TreeMap<>();
        names.forEach((name, content) -> present.put(name, content.bytes()));
        return present;
    }

    /** Returns a state after a loss of power now: of what may be lost, all, nothing, or some. */
    Map<String, byte[]> state(Random random) {
        double keptNames = random.nextInt(3) / 2.0;
        double keptBytes = random.nextInt(3) / 2.0;
        Map<String, Content> left = new TreeMap<>(forced);
        for (Naming naming : unforced) {
            if (random.nextDouble() < keptNames) {
                naming.make(left);
            }
        }
        Map<Content, byte[]> bytes = new IdentityHashMap<>();
        Map<String, byte[]> state = new TreeMap<>();
        left.forEach((name, content) ->
                state.put(name, bytes.computeIfAbsent(content, same -> same.bytes(random, keptBytes))));
        return state;
    }
}
