package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.IndexBatcher;
import io.github.afterimage.serving.Replaceable;
import io.github.afterimage.serving.Slice;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers the queries of many callers in batches, through the network and the index of a {@link CacheModel}. A batcher owns its
 * model: {@link #close} and {@link #replace} close it.
 *
 * <pre>{@code
 * CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"));
 * try (ModelBatcher batcher = new ModelBatcher(model, new BatchOptions())) {
 *     ModelQuery query = ModelQuery.of(Image.read(Path.of("horse.png"))).within(Duration.ofSeconds(1));
 *     CompletableFuture<List<Classification>> answer = batcher.submit(query);
 *     System.out.println(answer.join().get(0).name());
 * }
 * }</pre>
 *
 * <p>Guarantees: as of {@link io.github.afterimage.serving.Batcher}, with images, inputs or features in the place of rows. A batch holds
 * queries of one model and one of these kinds with the same θ and number of neighbours; the weights of their rules may differ. Images are preprocessed on the
 * thread that submits them. A query belongs to the model of its submission, whatever {@linkplain #replace replaces} that before the
 * answer: its preprocessing, its rule, its network and its keys.
 */
public final class ModelBatcher extends IndexBatcher<CacheModel, List<Classification>, ModelBatcher.Pending> {
    /** Creates a batcher that takes over a model. */
    public ModelBatcher(CacheModel model, BatchOptions options) {
        super(model, options);
    }

    /**
     * Submits a query. The future fails as that of {@link io.github.afterimage.serving.Batcher#submit} does.
     *
     * @return one answer for each row, in order
     * @throws IllegalArgumentException as {@link CacheModel#classify(ModelQuery)}
     * @throws io.github.afterimage.serving.OverloadException if too many rows wait
     * @throws IllegalStateException if the batcher is closed
     */
    public CompletableFuture<List<Classification>> submit(ModelQuery query) {
        return leased(lease -> submit(query, lease));
    }

    /**
     * Submits a query to a model that was leased before; see {@link #submit(ModelQuery)}.
     *
     * @param lease of this batcher, open; it may be closed before the answer is there
     */
    public CompletableFuture<List<Classification>> submit(ModelQuery query, Replaceable<CacheModel>.Lease lease) {
        CacheModel asked = lease.value();
        ModelQuery.Rows rows = asked.prepared(query.rows());
        int count = asked.batch(rows);
        if (count == 0) {
            return CompletableFuture.completedFuture(List.of());
        }
        Calibration chosen = asked.calibration(query, rows);
        return submit(lease, own -> new Pending(own, rows, count, chosen, query), query.timeout());
    }

    /** {@return the model that answers new queries; leave it open} */
    public CacheModel model() {
        return present();
    }

    @Override
    protected CacheIndex index(CacheModel owner) {
        return owner.index();
    }

    @Override
    protected void requireSameForm(CacheModel next, CacheModel present) {
        if (!next.form().equals(present.form())) {
            throw new IllegalArgumentException("a model of " + next.form() + ": expected " + present.form()
                    + ", because callers send rows of that form; make another batcher for it");
        }
    }

    @Override
    protected void answer(CacheModel model, CacheReader keys, List<Slice<Pending>> slices) {
        Pending first = slices.get(0).work();
        ModelQuery.Rows features = model.activations(ModelQuery.Rows.of(
                first.rows.kind(),
                Objects.requireNonNull(joined(slices, ModelQuery.Rows::values)),
                joined(slices, ModelQuery.Rows::probabilities)));
        Answer answer = keys.answer(first.query.asked(first.calibration.rule(), features));
        int row = 0;
        for (Slice<Pending> slice : slices) {
            Pending work = slice.work();
            for (int i = 0; i < slice.count(); i++, row++) {
                work.answers[slice.first() + i] =
                        new Classification(model.index(), work.calibration, features.probabilities(), answer, row);
            }
        }
    }

    /** Concatenates the values of some rows; null if the group has none. */
    private static @Nullable FloatBuffer joined(
            List<Slice<Pending>> slices, Function<ModelQuery.Rows, @Nullable FloatBuffer> values) {
        List<FloatBuffer> parts = new ArrayList<>();
        for (Slice<Pending> slice : slices) {
            FloatBuffer whole = values.apply(slice.work().rows);
            if (whole == null) {
                return null;
            }
            parts.add(slice.work().slice(whole, slice));
        }
        if (parts.size() == 1) {
            return parts.get(0);
        }
        FloatBuffer joined = FloatBuffer.allocate(
                parts.stream().mapToInt(FloatBuffer::remaining).reduce(0, Math::addExact));
        parts.forEach(joined::put);
        return joined.flip();
    }

    /** Collects the answers to a query from the passes that answer its rows. Used by one thread at a time. */
    static final class Pending extends Request<CacheModel, List<Classification>> {
        private final ModelQuery.Rows rows; // inputs or features
        private final Calibration calibration;
        private final ModelQuery query;
        private final Object group;
        private final Classification[] answers;

        /** @param query has what is asked for */
        Pending(
                Replaceable<CacheModel>.Lease lease,
                ModelQuery.Rows rows,
                int count,
                Calibration calibration,
                ModelQuery query) {
            super(lease);
            this.rows = rows;
            this.calibration = calibration;
            this.query = query;
            group = List.of(
                    rows.kind(),
                    rows.probabilities() == null,
                    query.asked(calibration.rule(), rows).settings());
            answers = new Classification[count];
        }

        private FloatBuffer slice(FloatBuffer values, Slice<Pending> slice) {
            int size = values.remaining() / answers.length;
            return values.slice(slice.first() * size, slice.count() * size);
        }

        @Override
        public int rows() {
            return answers.length;
        }

        @Override
        public Object group() {
            return group;
        }

        @Override
        public List<Classification> answer() {
            return List.copyOf(Arrays.asList(answers));
        }
    }
}
