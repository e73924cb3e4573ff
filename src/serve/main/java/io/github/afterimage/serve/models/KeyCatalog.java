package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyEntry;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.PredictionSets;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.serve.protocol.JsonObject;
import io.github.afterimage.serve.protocol.RequestException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Lists and describes the keys of a served model. Results are JSON objects.
 *
 * <p>Threads: thread-safe.
 */
public final class KeyCatalog {
    /** Keys of a page of a list. */
    private static final int MAX_LISTED = 1000;
    /** A key of a list takes its name, twice, and a map of 6 objects. */
    public static final long MAX_LIST_BYTES = MAX_LISTED * 4_000L;
    /** A class of a description, a map of 4 objects, and its text. */
    private static final int DESCRIBED_CLASS = 800;
    /** Time to look at keys, after which a list ends with fewer keys than it may have. */
    private static final long MAX_LOOK_NANOS = 1_000_000_000;

    /** Ids have at most 18 digits. */
    private static final long MAX_ID = 999_999_999_999_999_999L;

    private static final String LABEL = "label";
    private static final String NAME = "name";

    private final InferenceModel model;

    KeyCatalog(InferenceModel model) {
        this.model = model;
    }

    /** Returns the bytes of the heap that {@link #describe} takes. */
    public long describeBytes() {
        return (long) DESCRIBED_CLASS * model.index().classes();
    }

    /**
     * Lists keys in the order of their ids, from {@code from} on, with {@code label} and {@code name} if these are given. Ends
     * after a second, perhaps with fewer keys than {@code limit}, and says where to go on.
     */
    public Map<String, Object> list(Map<String, String> parameters) {
        long end = System.nanoTime() + MAX_LOOK_NANOS;
        long from = number(parameters, "from", 0, MAX_ID);
        int limit = (int) number(parameters, "limit", 100, MAX_LISTED);
        CacheIndex index = model.index();
        String label = parameters.get(LABEL);
        int wanted = label == null ? -1 : KeySelection.label(index, label);
        String pattern = parameters.get(NAME);
        Predicate<String> named = pattern == null ? name -> true : KeySelection.names(List.of(pattern));
        List<Map<String, Object>> keys = new ArrayList<>();
        long next = from;
        List<KeyEntry> page;
        do {
            page = index.list(next, MAX_LISTED);
            for (KeyEntry key : page) {
                if (keys.size() == limit || System.nanoTime() - end > 0) {
                    break;
                }
                next = key.id() + 1;
                if ((wanted < 0 || key.label() == wanted) && named.test(key.name())) {
                    keys.add(entry(key, index.classNames()));
                }
            }
        } while (keys.size() < limit && page.size() == MAX_LISTED && System.nanoTime() - end < 0);
        return new JsonObject()
                .with("keys", keys)
                .with("next", index.list(next, 1).isEmpty() ? null : next);
    }

    private static long number(Map<String, String> parameters, String name, long standard, long max) {
        String text = parameters.getOrDefault(name, Long.toString(standard));
        if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) > max) {
            throw RequestException.bad("parameter " + name + " \"" + text + "\": expected a whole number, 0 to " + max);
        }
        return Long.parseLong(text);
    }

    private static Map<String, Object> entry(KeyEntry key, List<String> classNames) {
        return new JsonObject()
                .with("id", key.id())
                .with(LABEL, key.label())
                .with("class", classNames.get(key.label()))
                .with(NAME, key.name())
                .with("thumbnail", key.hasThumbnail());
    }

    /** Returns the thumbnail of a key; empty if it has none. */
    public Optional<byte[]> thumbnail(long id) {
        return model.index().thumbnail(id);
    }

    /** Describes the index. */
    public Map<String, Object> describe() {
        try (LeasedModel present = model.lease()) {
            return describe(present.index(), present.calibration());
        }
    }

    private Map<String, Object> describe(CacheIndex index, Calibration own) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put(NAME, model.name());
        description.putAll(state(index));
        description.put("dim", index.dim());
        description.put("classes", classes(index));
        description.put("rule", Explanation.rule(own));
        description.put("type", index.format().type().shortName());
        description.put("bytes", index.size() * index.format().keyBytes());
        description.put("log_bytes", index.statistics().logBytes());
        description.put("doubt_most", own.doubt().map(DoubtThreshold::most).orElse(null));
        description.put(
                "greatest_coverage",
                own.sets().map(PredictionSets::greatestCoverage).orElse(null));
        description.put("refuses", model.refuses());
        description.put("memory_alone", KeySource.isMemoryAlone(index));
        KeySource.of(index).ifPresent(source -> description.put("preprocessing", source.preprocessing()));
        Optional<String> fixed = model.files().fixed();
        description.put("writable", fixed.isEmpty());
        fixed.ifPresent(reason -> description.put("reason", reason));
        return description;
    }

    private static List<Map<String, Object>> classes(CacheIndex index) {
        long[] counts = index.classCounts();
        List<String> names = index.classNames();
        int firstSpare = SpareClasses.first(index);
        List<Map<String, Object>> classes = new ArrayList<>();
        for (int label = 0; label < counts.length; label++) {
            classes.add(new JsonObject()
                    .with(LABEL, label)
                    .with(NAME, names.get(label))
                    .with("keys", counts[label])
                    .with("spare", label >= firstSpare && counts[label] == 0));
        }
        return classes;
    }

    /** Tells the size and the moment of an index. */
    static Map<String, Object> state(CacheIndex index) {
        return new JsonObject().with("keys", index.size()).with("version", index.version());
    }
}
