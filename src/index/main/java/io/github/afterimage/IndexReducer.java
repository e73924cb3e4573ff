package io.github.afterimage;

import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes an index with shorter or whitened keys from one with longer ones, block by block. */
final class IndexReducer {
    /** Keys that one thread reduces together. */
    private static final int BLOCK_ROWS = 256;

    private final StoredIndex source;
    private final int threads;

    IndexReducer(StoredIndex source, int threads) {
        this.source = source;
        this.threads = threads;
    }

    /** @param first the components that made the keys; null if the keys are not reduced */
    ReducedIndex reduce(
            Reduction reduction, @Nullable PrincipalComponents first, ElementType type, int sample, Progress progress) {
        Reduction resolved = reduction.resolve(source.dim(), Math.max(1, source.size()));
        long start = System.nanoTime();
        int[] sampled = resolved.learned() ? ComponentLearner.sampleRows(resolved, source.size(), sample) : new int[0];
        Reducer ofKeys = sampled.length > 0
                ? LearnedReducer.learn(resolved, source.dim(), source.keys(), sampled, threads)
                : resolved.reducer(source.dim(), threads);
        long learned = System.nanoTime();
        CacheIndex index = CacheIndex.builder(first == null ? source.dim() : first.inputDim(), source.classes())
                .type(type)
                .values(source.values())
                .threads(threads)
                .expectedKeys(source.size())
                .attributes(attributesToKeep())
                .reduce(first == null ? ofKeys : behind(first, ofKeys))
                .build();
        try {
            addAll(ofKeys, index, progress);
        } catch (RuntimeException | Error e) {
            index.close();
            throw e;
        } finally {
            if (first != null) {
                ofKeys.close();
            }
        }
        double reduceSeconds = (System.nanoTime() - learned) / 1e9;
        return new ReducedIndex(index, sampled.length, (learned - start) / 1e9, reduceSeconds);
    }

    /** Returns a reducer of original rows: the components, then the map that was learned from what they made. */
    private static Reducer behind(PrincipalComponents first, Reducer ofKeys) {
        LearnedReducer whitened = (LearnedReducer) ofKeys;
        return LearnedReducer.of(
                whitened.reduction(),
                first.inputDim(),
                first.projection(),
                whitened.whitening(),
                whitened.offset(),
                first.energy());
    }

    private Map<String, String> attributesToKeep() {
        Map<String, String> attributes = new LinkedHashMap<>(source.attributes());
        attributes
                .keySet()
                .removeAll(List.of(
                        Hyperparameters.THETA, Hyperparameters.LAMBDA, Hyperparameters.BETA, LogMassThreshold.LEAST));
        return attributes;
    }

    private void addAll(Reducer reducer, CacheIndex index, Progress progress) {
        KeyStore target = index.keys();
        int step = Math.multiplyExact(threads, BLOCK_ROWS);
        int dim = reducer.outputDim();
        FloatBuffer reduced = ByteBuffer.allocateDirect(Math.multiplyExact(step, Math.multiplyExact(dim, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long done = 0;
        for (Keys keys : source.keys()) {
            for (long first = 0; first < keys.count(); first += step) {
                long begin = first;
                int count = (int) Math.min(step, keys.count() - first);
                index.workers().forEach((count + BLOCK_ROWS - 1) / BLOCK_ROWS, block -> {
                    int row = block * BLOCK_ROWS;
                    int rows = Math.min(BLOCK_ROWS, count - row);
                    reducer.reduce(keys.floats(begin + row, rows), reduced.slice(row * dim, rows * dim));
                });
                int most = keys.values().batch(count);
                for (int row = 0; row < count; row += most) {
                    int rows = Math.min(most, count - row);
                    target.add(
                            keys.keyRows(reduced.slice(row * dim, rows * dim), first + row, rows),
                            keys.ids(first + row, rows));
                }
                done += count;
                progress.report(done, source.size());
            }
        }
        source.passOn(target);
    }
}
