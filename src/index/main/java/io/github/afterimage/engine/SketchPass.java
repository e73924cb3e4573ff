package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.binding.NativeEstimate;
import io.github.afterimage.engine.Workers.RangeTask;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.platform.NativeMemory;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.Loader;

/**
 * Passes over the sketch of some keys for a few queries. A survey of some of the keys shows for each query below which estimate
 * the terms of keys are negligible, and about the sums of terms. A pass estimates the terms of all other keys, sums them by
 * class, and draws keys.
 *
 * @param ranges of rows, which threads share
 * @param rows number of rows of the index
 * @param few true if the caller's thread takes part, which cannot be interrupted meanwhile
 */
record SketchPass(Workers workers, List<List<Keys>> ranges, long rows, int classes, float theta, boolean few) {
    private static final int STRUCT_BYTES = Loader.sizeof(NativeEstimate.class);
    private static final int DRAWN_BYTES = 4 * Integer.BYTES;

    /** Returns the bytes of a query in a pass that draws {@code places} keys. */
    long bytes(int places) {
        return ranges.size() * (STRUCT_BYTES + (long) classes * Double.BYTES + (long) places * DRAWN_BYTES);
    }

    /**
     * Surveys keys, and sets the cutoffs of the queries and their first draws.
     *
     * @param projected the queries, mapped as the sketch maps keys; they may leave out rows
     * @param negligible keys whose terms together are about this share of all terms do not count
     * @param size that of the samples whose keys the first pass draws
     */
    void survey(Queries projected, List<EstimatedQuery> queries, double negligible, double size) {
        long surveyed = Native.afterimage_surveyed_keys(rows);
        long labels = queries.size() * surveyed * Float.BYTES;
        try (NativeMemory memory = NativeMemory.reuseScratch(labels + surveyed * Integer.BYTES + Integer.BYTES);
                Estimates estimates = new Estimates(1, projected, queries)) {
            forEachRange(
                    projected,
                    (range, keys, workspace, scratch) -> Native.afterimage_sketch_survey(
                            keys.sketch(),
                            keys.segmentRow(),
                            workspace.nativeKeys(keys),
                            keys.firstRow(),
                            workspace.nativeQueries(projected),
                            scratch.at(0),
                            estimates.of(0, 0),
                            surveyed,
                            memory.floats(0),
                            memory.ints(labels),
                            workspace.cancelled()));
            for (int i = 0; i < queries.size(); i++) {
                NativeEstimate result = estimates.of(0, i);
                Native.afterimage_survey_result(
                        memory.floats(i * surveyed * Float.BYTES),
                        memory.ints(labels),
                        surveyed,
                        theta,
                        (float) negligible,
                        classes,
                        result);
                queries.get(i).survey(result.cutoff(), result.reference(), estimates.sums(i), size);
            }
        }
    }

    /**
     * Estimates terms, and gives each query its sums and drawn keys; as many queries at once as fit a block.
     *
     * @param all of the batch that the queries belong to, mapped as the sketch maps keys
     */
    void run(Queries all, List<EstimatedQuery> queries) {
        long bytes = bytes(places(queries));
        int largest = (int) Math.max(1, Math.min(queries.size(), EstimatedScan.BLOCK_BYTES / bytes));
        for (int first = 0; first < queries.size(); first += largest) {
            runBlock(all, queries.subList(first, Math.min(queries.size(), first + largest)));
        }
    }

    private static int places(List<EstimatedQuery> queries) {
        return queries.stream().mapToInt(EstimatedQuery::places).max().orElse(0);
    }

    private void runBlock(Queries all, List<EstimatedQuery> queries) {
        int[] numbers = queries.stream().mapToInt(query -> query.number).toArray();
        try (Queries projected = all.gather(numbers, new float[numbers.length]);
                Estimates estimates = new Estimates(ranges.size(), projected, queries)) {
            forEachRange(
                    projected,
                    (range, keys, workspace, scratch) -> Native.afterimage_sketch_estimates(
                            keys.sketch(),
                            keys.segmentRow(),
                            workspace.nativeKeys(keys),
                            keys.firstRow(),
                            workspace.nativeQueries(projected),
                            scratch.at(0),
                            theta,
                            classes,
                            estimates.of(range, 0),
                            workspace.cancelled()));
            for (int i = 0; i < queries.size(); i++) {
                queries.get(i).drawn = estimates.drawn(i);
            }
        }
    }

    /** A call of native code for rows of a range, which returns its status. */
    private interface Call {
        int run(int range, Keys keys, Workspace workspace, NativeMemory scratch);
    }

    private void forEachRange(Queries projected, Call call) {
        long bytes = Native.afterimage_sketch_estimates_bytes(projected.batch(), projected.dim());
        RangeTask task = (from, to, workspace) -> {
            for (int range = (int) from; range < to; range++) {
                for (Keys keys : ranges.get(range)) {
                    Objects.requireNonNull(keys.sketch());
                    workspace.check(call.run(range, keys, workspace, workspace.scratch(bytes)));
                }
            }
        };
        if (few) {
            workers.share(ranges.size(), task);
        } else {
            workers.forRanges(ranges.size(), false, task);
        }
    }

    /** The structs of all queries for each range, their arrays, and the rates of the queries. */
    private final class Estimates implements AutoCloseable {
        private final int count;
        private final int batch;
        private final int places;
        private final NativeMemory memory;

        Estimates(int count, Queries projected, List<EstimatedQuery> queries) {
            this.count = count;
            batch = queries.size();
            places = SketchPass.places(queries);
            long arrays = (long) count * batch * STRUCT_BYTES;
            long arrayBytes = (long) classes * Double.BYTES + (long) places * DRAWN_BYTES;
            long rates = arrays + (long) count * batch * arrayBytes;
            memory = NativeMemory.reuseScratch(rates + (long) batch * classes * Float.BYTES);
            for (int i = 0; i < batch; i++) {
                long ofQuery = rates + (long) i * classes * Float.BYTES;
                EstimatedQuery.Draw draw = queries.get(i).draw;
                memory.floats(ofQuery).put(draw.rates());
                for (int range = 0; range < count; range++) {
                    long sums = arrays + ((long) range * batch + i) * arrayBytes;
                    long drawn = sums + (long) classes * Double.BYTES;
                    of(range, i)
                            .seed(queries.get(i).seed)
                            .left_out(projected.leftOut().length == 0 ? -1 : projected.leftOut(i))
                            .cutoff(queries.get(i).cutoff)
                            .rate_reference(draw.reference())
                            .rates(memory.floats(ofQuery))
                            .reference(Float.NEGATIVE_INFINITY)
                            .counted(0)
                            .drawn(0)
                            .sums(memory.doubles(sums))
                            .numbers(memory.ints(drawn))
                            .labels(memory.ints(drawn + (long) places * Integer.BYTES))
                            .terms(memory.floats(drawn + 2L * places * Integer.BYTES))
                            .random(memory.floats(drawn + 3L * places * Integer.BYTES))
                            .places(places);
                    of(range, i).sums().put(new double[classes]);
                }
            }
        }

        /** Returns the first struct from that of a query on. */
        NativeEstimate of(int range, int query) {
            return new NativeEstimate(memory.at(((long) range * batch + query) * STRUCT_BYTES));
        }

        double[] sums(int query) {
            double[] sums = new double[classes];
            of(0, query).sums().get(sums);
            return sums;
        }

        /** Returns the estimates of a query from all ranges. */
        DrawnKeys drawn(int query) {
            NativeEstimate all = of(0, query);
            for (int range = 1; range < count; range++) {
                Native.afterimage_add_estimate(theta, classes, of(range, query), all);
            }
            int keys = (int) Math.min(places, all.drawn());
            DrawnKeys drawn = new DrawnKeys(all.reference(), sums(query), all.counted(), all.drawn() <= places, keys);
            all.numbers().get(drawn.rows());
            all.labels().get(drawn.labels());
            all.terms().get(drawn.terms());
            all.random().get(drawn.random());
            return drawn;
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
