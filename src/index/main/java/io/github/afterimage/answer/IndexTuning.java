package io.github.afterimage.answer;

import io.github.afterimage.file.TuningTensors;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an index was tuned: its attributes, which have the rule of its answers, and the examples that it keeps. A save replaces both.
 *
 * <p>Thread-safe.
 */
public final class IndexTuning {
    private final int dim;
    private final int classes;
    private volatile StoredAttributes attributes;
    private volatile TuningRows rows;
    private volatile @Nullable RightExamples lastRight;

    /** The examples that the keys of a version have right. */
    private record RightExamples(long version, TuningRows rows, StoredAttributes rule, BitSet right) {}

    /**
     * The attributes and examples that a save writes, and that the index has once the file is complete.
     *
     * @param first whether the examples have just chosen the weights among the attributes
     */
    public record Draft(StoredAttributes before, Map<String, String> attributes, TuningRows rows, boolean first) {
        /** Returns this draft with other attributes. */
        public Draft with(Map<String, String> others) {
            return new Draft(before, others, rows, first);
        }

        /** Returns the examples as a file holds them. */
        public TuningTensors tensors() {
            return rows.tensors();
        }
    }

    /**
     * @param dim values of an encoded row
     * @throws IllegalArgumentException if an attribute is damaged
     */
    public IndexTuning(Map<String, String> attributes, TuningTensors examples, int dim, int classes) {
        this.dim = dim;
        this.classes = classes;
        this.attributes = new StoredAttributes(attributes, classes);
        rows = new TuningRows(examples);
    }

    public StoredAttributes attributes() {
        return attributes;
    }

    /** Gives a class another name; see {@link StoredAttributes#withClassName}. */
    public synchronized void nameClass(int label, String name) {
        attributes = attributes.withClassName(label, name);
    }

    /**
     * Drafts what a save writes.
     *
     * @param others attributes in place of those of the index; null for its own
     * @param tuned the examples that have chosen the weights in these attributes; null for those that the index keeps
     * @throws IllegalArgumentException if the index cannot have these examples
     */
    public Draft draft(@Nullable Map<String, String> others, @Nullable TuningRows tuned) {
        StoredAttributes before = attributes;
        return new Draft(
                before,
                others == null ? before.values() : others,
                tuned == null ? rows : tuned.checked(dim, classes),
                tuned != null);
    }

    /** Returns a draft whose weights are fitted again if many keys have changed. */
    public Draft fitted(Draft draft, KeyStore.Moment now, IndexQueries memory) {
        return draft.with(draft.rows.fitted(
                draft.attributes, now, classes, draft.first, query -> memory.answer(now.snapshot(), query)));
    }

    /** Takes over what was saved, but for the names that classes were given meanwhile. */
    public void take(Draft saved) {
        rows = saved.rows;
        if (!saved.attributes.equals(saved.before.values())) {
            StoredAttributes next = new StoredAttributes(saved.attributes, classes);
            synchronized (this) {
                attributes = next.withNewNames(saved.before.classNames(), attributes.classNames());
            }
        }
    }

    /** Leaves those examples out that equal one of some keys; returns whether there are some. For one thread at a time, and no save beside it. */
    public boolean forget(Snapshot now, long[] ids) {
        TuningRows before = rows;
        TuningRows others = before;
        for (long id : ids) {
            for (Keys key : now.find(id).toList()) {
                others = others.size() == 0 ? others : others.without(key.floats(0, 1));
            }
        }
        rows = others;
        return others != before;
    }

    /**
     * Compares the answers of two moments to the examples.
     *
     * @param memory answers encoded rows
     * @return empty if the index keeps no examples, or the comparison would take long
     */
    public Optional<ChangeEffect> effect(Snapshot before, Snapshot now, IndexQueries memory) {
        TuningRows kept = rows;
        StoredAttributes rule = attributes;
        return ChangeEffect.isQuick(kept.size(), before.size(), now.size(), dim)
                ? Optional.of(
                        ChangeEffect.of(kept.size(), right(before, kept, rule, memory), right(now, kept, rule, memory)))
                : Optional.empty();
    }

    private BitSet right(Snapshot snapshot, TuningRows kept, StoredAttributes rule, IndexQueries memory) {
        RightExamples last = lastRight;
        if (last == null || last.version != snapshot.version() || last.rows != kept || last.rule != rule) {
            BitSet right = kept.right(rule, query -> memory.answer(snapshot, query));
            last = new RightExamples(snapshot.version(), kept, rule, right);
            lastRight = last;
        }
        return last.right;
    }

    @Override
    public String toString() {
        return "IndexTuning[" + attributes.values().size() + " attributes, " + rows + "]";
    }
}
