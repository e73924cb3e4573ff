package io.github.afterimage.calls;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ForgottenKeys;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.calls.SystemCalls.Call;
import io.github.afterimage.calls.SystemCalls.Done;
import io.github.afterimage.calls.SystemCalls.Fault;
import io.github.afterimage.failure.UnerasedKeysException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * A random life of an index: changes, saves, forgotten keys and restarts, while calls of one kind fail for some time. After each
 * step, and once meanwhile, {@linkplain LostPower states after a loss of power} are opened: each holds a state of the index that is not
 * older than the last promised one, and no bytes of keys for which there is a receipt.
 */
final class IndexLife {
    private static final int STEPS = 14;
    private static final int STATES = 4;
    private static final List<Fault> FAULTS =
            List.of(Fault.NONE, Fault.SHORT, Fault.FAILS, Fault.FAILS, Fault.FAILS_LATE, Fault.FAILS_LATE);
    private static final List<Set<Call>> FAILING = List.of(
            EnumSet.of(Call.WRITE),
            EnumSet.of(Call.FORCE),
            EnumSet.of(Call.RENAME),
            EnumSet.of(Call.LINK),
            EnumSet.of(Call.UNLINK),
            EnumSet.of(Call.TRUNCATE),
            EnumSet.of(Call.CREATE, Call.RESERVE),
            EnumSet.of(Call.READ),
            EnumSet.complementOf(EnumSet.of(Call.OPEN, Call.READ, Call.FORCE_FAILED)));

    private final SystemCalls calls;
    private final Path folder;
    private final Path file;
    private final StateCheck check;
    private final IndexLives lives;
    private final Random random;
    private final Durability durability;
    private final boolean erases;
    private final Fault fault;
    private final Set<Call> failing;
    private final String name;
    private final LostPower power = new LostPower();

    private CacheIndex index;
    /** All states of the index; which keys have which ids. */
    private final List<SortedMap<Long, Integer>> states = new ArrayList<>();
    /** The first state that may be there after a loss of power, and after a kill. */
    private int promised;

    private int promisedAfterKill;
    private final Set<Integer> removed = new TreeSet<>();
    private final Set<Integer> forgotten = new TreeSet<>();
    private int nextKey = 1;
    private String step = "";

    IndexLife(SystemCalls calls, Path folder, Path scratch, long seed, IndexLives lives) {
        this.calls = calls;
        this.folder = folder;
        this.lives = lives;
        file = folder.resolve("index.safetensors");
        random = new Random(seed);
        durability = switch (random.nextInt(6)) {
            case 0 -> Durability.never();
            case 1 -> Durability.every(Duration.ofHours(1));
            case 2 -> Durability.every(Duration.ofMillis(5));
            default -> Durability.everyChange();
        };
        erases = random.nextInt(3) > 0;
        fault = FAULTS.get(random.nextInt(FAULTS.size()));
        failing = fault == Fault.SHORT
                ? EnumSet.of(random.nextBoolean() ? Call.WRITE : Call.READ)
                : FAILING.get(random.nextInt(FAILING.size()));
        name = "seed " + seed + ", log forced " + durability + (erases ? "" : ", not erased") + ", " + failing + " "
                + fault;
        check = new StateCheck(scratch, random, lives);
    }

    void run() throws IOException {
        StateCheck.empty(folder);
        calls.begin();
        try {
            live();
        } catch (IOException | RuntimeException | AssertionError e) {
            StackTraceElement at = Arrays.stream(e.getStackTrace())
                    .filter(element -> element.getClassName().startsWith("io.github"))
                    .findFirst()
                    .orElse(null);
            lives.findings.add(name + ", " + step + ": " + e + " at " + at);
        } finally {
            calls.end();
            lives.faults.merge(fault, calls.failed(), Integer::sum);
            closeAtLast();
        }
    }

    private void closeAtLast() {
        if (index != null) {
            try {
                index.close();
            } catch (RuntimeException e) {
                // The life has failed, which is told already.
            }
        }
    }

    private void live() throws IOException {
        index = new CacheIndexBuilder(StateCheck.DIM, StateCheck.CLASSES)
                .threads(1)
                .build();
        index.add(StateCheck.batch(newKeys()));
        index.save(file);
        states.add(StateCheck.contents(index));
        index.close();
        index = null;
        promise();
        power.follow(nextCalls()); // before that, there may be no index
        check(forgotten, 0);
        power.givesUp = durability.waits() && failing.equals(EnumSet.of(Call.FORCE));
        letFail();
        open();
        for (int i = 0; i < STEPS; i++) {
            int low = promised;
            Set<Integer> gone = new TreeSet<>(forgotten);
            if (random.nextInt(3) == 0) {
                letFail();
            }
            step();
            check(gone, low);
        }
        calls.heal();
        finish();
    }

    private void letFail() {
        int first = random.nextInt(1 << random.nextInt(6));
        calls.fail(fault, failing, first, fault == Fault.SHORT ? Integer.MAX_VALUE : 1 << random.nextInt(4));
    }

    private void step() throws IOException {
        int kind = random.nextInt(20);
        if (kind < 9) {
            add();
        } else if (kind < 12) {
            remove();
        } else if (kind < 15) {
            save();
        } else if (kind < 18) {
            forget();
        } else {
            int low = promised;
            Set<Integer> gone = new TreeSet<>(forgotten);
            close();
            check(gone, low);
            open();
        }
    }

    private List<Integer> newKeys() {
        List<Integer> keys = new ArrayList<>();
        for (int count = 1 + random.nextInt(12); count > 0; count--) {
            keys.add(nextKey++);
        }
        return keys;
    }

    private SortedMap<Long, Integer> last() {
        return states.get(states.size() - 1);
    }

    private void add() {
        List<Integer> keys = newKeys();
        step = "adds " + keys;
        Set<Integer> after = new TreeSet<>(last().values());
        after.addAll(keys);
        change(() -> index.add(StateCheck.batch(keys)), after);
    }

    /** Chooses ids, and tells the keys that are left without them. */
    private long[] chosen(int most, Set<Integer> after, Set<Integer> gone) {
        List<Long> ids = new ArrayList<>(last().keySet());
        after.addAll(last().values());
        long[] chosen = random.longs(1 + random.nextInt(most), 0, Math.max(1, ids.size()))
                .filter(i -> i < ids.size())
                .map(i -> ids.get((int) i))
                .distinct()
                .toArray();
        Arrays.stream(chosen).mapToObj(last()::get).forEach(gone::add);
        after.removeAll(gone);
        return chosen;
    }

    private void remove() {
        Set<Integer> after = new TreeSet<>();
        Set<Integer> gone = new TreeSet<>();
        long[] ids = chosen(6, after, gone);
        step = "removes " + gone;
        if (change(() -> index.remove(ids), after)) {
            removed.addAll(gone);
        }
    }

    /** Makes a change; returns whether it is visible. */
    private boolean change(Runnable change, Set<Integer> after) {
        try {
            change.run();
            made(after, true);
            return true;
        } catch (UnsavedChangeException e) {
            requireFault(e);
            made(after, false);
            return true;
        } catch (UncheckedIOException e) {
            requireFault(e);
            requireSame();
            return false;
        }
    }

    private void made(Set<Integer> after, boolean acknowledged) {
        SortedMap<Long, Integer> now = StateCheck.contents(index);
        if (!new TreeSet<>(now.values()).equals(after)) {
            throw new AssertionError("keys " + now.values() + ", expected " + after);
        }
        states.add(now);
        if (acknowledged) {
            promisedAfterKill = durability.interval().isEmpty() ? states.size() - 1 : promisedAfterKill;
            promised = durability.waits() ? states.size() - 1 : promised;
        }
    }

    private void requireSame() {
        SortedMap<Long, Integer> now = StateCheck.contents(index);
        if (!now.equals(last())) {
            throw new AssertionError("keys " + now + " after a refused change, expected " + last());
        }
    }

    /** No loss takes the present state back. */
    private void promise() {
        promised = states.size() - 1;
        promisedAfterKill = promised;
    }

    private void requireFault(Exception failure) {
        if (calls.failed() == 0 || fault == Fault.SHORT) {
            throw new AssertionError("no call has failed, but " + failure, failure);
        }
    }

    private void save() throws IOException {
        step = "saves";
        try {
            index.save(file);
            promise();
            if (erases) {
                forgotten.addAll(removed);
            }
        } catch (IOException e) {
            requireFault(e);
            if (e.getMessage().contains("is saved")) {
                promise();
            }
        }
    }

    private void forget() throws IOException {
        Set<Integer> after = new TreeSet<>();
        Set<Integer> gone = new TreeSet<>();
        long[] ids = chosen(3, after, gone);
        step = "forgets " + gone;
        int before = check.traced(power.present(), gone);
        try {
            ForgottenKeys receipt = index.forget(file, ids);
            made(after, true);
            promise();
            removed.addAll(gone);
            forgotten.addAll(erases ? removed : gone);
            lives.forgotten += Math.min(before, (int) receipt.removed());
        } catch (UnerasedKeysException | UnsavedChangeException e) {
            requireFault(e);
            made(after, false);
            removed.addAll(gone);
        } catch (IOException | UncheckedIOException e) {
            requireFault(e);
            requireSame();
        }
    }

    private void close() {
        step = "closes";
        try {
            index.close();
            promise();
        } catch (UnsavedChangeException e) {
            requireFault(e);
        } finally {
            index = null;
        }
    }

    private void open() throws IOException {
        step = "opens";
        OpenOptions options = new OpenOptions().threads(1).log(durability).eraseRemoved(erases);
        if (random.nextInt(3) == 0) {
            options.maxLogBytes(2 << 20); // two files; it is saved in the background
        }
        int low = promised;
        try {
            index = CacheIndex.open(file, options);
        } catch (IOException | UncheckedIOException e) {
            requireFault(e);
            calls.heal();
            power.givesUp = false; // nothing tells this open what that of before could not force
            index = CacheIndex.open(file, options);
        }
        int found = states.lastIndexOf(StateCheck.contents(index));
        if (found < promisedAfterKill) {
            throw new AssertionError(
                    "state " + found + " of " + states.size() + ", expected " + promisedAfterKill + " or a later one");
        }
        check(forgotten, low);
        states.subList(found + 1, states.size()).clear();
        removed.removeAll(last().values()); // closing has given the change up
        promise();
    }

    private List<Done> nextCalls() {
        List<Done> done = calls.next();
        done.forEach(each -> lives.calls.merge(each.call(), 1, Integer::sum));
        return done;
    }

    /** Looks at states: one while the last step ran, and some now. */
    private void check(Set<Integer> forgottenBefore, int promisedBefore) throws IOException {
        List<Done> done = nextCalls();
        int some = random.nextInt(done.size() + 1);
        power.follow(done.subList(0, some));
        Set<Integer> seen = new HashSet<>();
        look(power.state(random), promisedBefore, forgottenBefore, "meanwhile", seen);
        power.follow(done.subList(some, done.size()));
        for (int i = 0; i < STATES; i++) {
            look(power.state(random), promised, forgotten, "after it", seen);
        }
        look(power.present(), promisedAfterKill, forgotten, "after it, killed", seen);
    }

    private void look(Map<String, byte[]> state, int low, Set<Integer> gone, String when, Set<Integer> seen)
            throws IOException {
        if (seen.add(StateCheck.digest(state) * 31 + low)) {
            check.look(
                    state,
                    new HashSet<>(states.subList(low, states.size())),
                    gone,
                    name + ", " + step + ", " + when + ", " + calls.failed() + " calls failed");
        }
    }

    /** Goes on with a sound system, after which nothing is left of what failed. */
    private void finish() throws IOException {
        Set<Integer> gone = new TreeSet<>(forgotten);
        int low = promised;
        close();
        check(gone, low);
        open();
        low = promised;
        add();
        save();
        forget();
        String end = step;
        check(gone, low);
        try (var files = Files.list(folder)) {
            List<String> left = files.map(path -> path.getFileName().toString())
                    .filter(each -> each.startsWith(".") && !each.endsWith(".lock"))
                    .toList();
            if (!left.isEmpty()) {
                throw new AssertionError(left + " are left after a save");
            }
        }
        close();
        step = end + ", and closes";
        check(forgotten, promised);
        if (StateCheck.digest(power.present()) != StateCheck.digest(StateCheck.read(folder))) {
            throw new AssertionError("the recorded calls make other files than " + folder + " has");
        }
    }
}
