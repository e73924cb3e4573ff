package io.github.afterimage.model.conversion;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.PrincipalComponents;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.store.IndexFile;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Snapshot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Makes an index with shorter keys of one that was not reduced, block by block. */
public final class IndexReducer {
    private static final int BLOCK_ROWS = 256;

    private IndexReducer() {}

    /**
     * An index with shorter keys.
     *
     * @param index in memory, with keys numbered from 0; saveNumbered gives them their old ids; the caller closes it
     * @param sampled how many keys were learned from; 0 where nothing was learned
     * @param learnSeconds for reading the sample and learning
     * @param reduceSeconds for reducing and storing all keys
     */
    public record Result(CacheIndex index, int sampled, double learnSeconds, double reduceSeconds) {
        /** All that making it took. */
        public double seconds() {
            return learnSeconds + reduceSeconds;
        }
    }

    /**
     * Reduces keys; their order, labels and names are kept, θ and λ are not, because they do not fit shorter keys.
     *
     * @param source of an index that does not reduce
     * @param sample how many keys a reduction that is learned learns from
     * @throws IllegalArgumentException if the reduction does not fit the keys
     */
    public static Result reduce(
            IndexFile.Contents source,
            Reduction reduction,
            int sample,
            ElementType type,
            int threads,
            Progress progress) {
        try (Snapshot snapshot = source.keys().snapshot()) {
            return reduce(source, snapshot, reduction, sample, type, threads, progress);
        }
    }

    private static Result reduce(
            IndexFile.Contents source,
            Snapshot snapshot,
            Reduction reduction,
            int sample,
            ElementType type,
            int threads,
            Progress progress) {
        int dim = source.keys().dim();
        Reduction resolved = reduction.resolve(dim, Math.max(1, snapshot.size()));
        Stopwatch learning = new Stopwatch();
        Stopwatch reducing = new Stopwatch();
        int sampled = resolved.learned() ? ComponentTrainer.sampleSize(resolved, snapshot.size(), sample) : 0;
        learning.start();
        Reducer reducer =
                sampled > 0 ? learn(snapshot, resolved, dim, sampled, threads) : resolved.reducer(dim, threads);
        learning.stop();
        reducing.start();
        CacheIndex index = CacheIndex.builder(dim, source.keys().classes())
                .type(type)
                .threads(threads)
                .expectedKeys(snapshot.size())
                .attributes(attributesToKeep(source))
                .reduce(reducer)
                .build();
        try {
            long done = 0;
            for (Keys part : snapshot.parts()) {
                add(part, done, snapshot.size(), reducer, index.withoutReduction(), threads, progress);
                done += part.count();
            }
        } catch (RuntimeException e) {
            index.close();
            throw e;
        }
        reducing.stop();
        return new Result(index, sampled, learning.seconds(), reducing.seconds());
    }

    private static Map<String, String> attributesToKeep(IndexFile.Contents source) {
        Map<String, String> attributes = new LinkedHashMap<>(source.attributes());
        attributes
                .keySet()
                .removeAll(CacheModel.tunedAttributes(new Hyperparameters(0, 0)).keySet());
        return attributes;
    }

    private static PrincipalComponents learn(
            Snapshot snapshot, Reduction reduction, int dim, int sampled, int threads) {
        try (ComponentLearner learner = PrincipalComponents.learner(reduction, dim, sampled)) {
            int[] chosen = ComponentTrainer.stratified(Math.toIntExact(snapshot.size()), sampled, reduction.seed());
            int next = 0;
            long first = 0;
            for (Keys part : snapshot.parts()) {
                for (; next < chosen.length && chosen[next] < first + part.count(); next++) {
                    learner.add(KeyRows.read(part, chosen[next] - first, 1));
                }
                first += part.count();
            }
            return learner.learn(threads);
        }
    }

    private static void add(
            Keys keys, long done, long total, Reducer reducer, CacheIndex target, int threads, Progress progress) {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (long first = 0; first < keys.count(); first += (long) threads * BLOCK_ROWS) {
                List<Callable<FloatBuffer>> blocks = new ArrayList<>();
                long end = Math.min(keys.count(), first + (long) threads * BLOCK_ROWS);
                for (long block = first; block < end; block += BLOCK_ROWS) {
                    long start = block;
                    int count = (int) Math.min(BLOCK_ROWS, end - block);
                    blocks.add(() -> reduce(keys, start, count, reducer));
                }
                long row = first;
                for (Future<FloatBuffer> block : executor.invokeAll(blocks)) {
                    FloatBuffer reduced = block.get();
                    int count = reduced.remaining() / reducer.outputDim();
                    target.add(reduced, KeyRows.labels(keys, row, count), KeyRows.names(keys, row, count));
                    row += count;
                }
                progress.report(done + row, total);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while keys were reduced");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } finally {
            executor.shutdownNow();
        }
    }

    private static FloatBuffer reduce(Keys keys, long first, int count, Reducer reducer) {
        FloatBuffer reduced = ByteBuffer.allocateDirect(
                        Math.multiplyExact(count, Math.multiplyExact(reducer.outputDim(), Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        reducer.reduce(KeyRows.read(keys, first, count), reduced);
        return reduced;
    }
}
