package io.github.afterimage.model;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Calibration;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Dispatcher;
import io.github.afterimage.serving.Health;
import io.github.afterimage.serving.Monitored;
import io.github.afterimage.serving.Replaceable;
import io.github.afterimage.serving.Slice;
import io.github.afterimage.serving.Source;
import io.github.afterimage.serving.Work;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
 *
 * <p>Threads: thread-safe; virtual threads may call it. Actions that depend on a returned future run on a thread of the batcher,
 * unless they are added by an async method; they must be short.
 */
public final class ModelBatcher implements Monitored, AutoCloseable {
    private final Replaceable<CacheModel> model;
    private final Dispatcher<List<Classification>, Pending> dispatcher;

    /** Collects the answers to a query from the passes that answer its rows. Used by one thread at a time. */
    private static final class Pending extends Work<List<Classification>> {
        private final Replaceable<CacheModel>.Lease lease;
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
            this.lease = lease;
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
        public CacheModel owner() {
            return lease.value();
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

    /** Answers queries from the keys of one moment of their model. */
    private static final class PresentModel extends Source<Pending> {
        private final Replaceable<CacheModel>.Lease lease;
        private final CacheReader snapshot;

        /** @throws IllegalStateException if the model is closed */
        PresentModel(Pending first) {
            lease = first.lease.again();
            snapshot = Resources.guarded(lease, () -> lease.value().index().snapshot());
        }

        @Override
        public boolean isPresent() {
            try {
                return lease.value().index().version() == snapshot.version();
            } catch (IllegalStateException closed) {
                return true; // the pass fails with the reason
            }
        }

        @Override
        public void answer(List<Slice<Pending>> slices) {
            CacheModel model = lease.value();
            Pending first = slices.get(0).work();
            ModelQuery.Rows features = model.activations(ModelQuery.Rows.of(
                    first.rows.kind(),
                    Objects.requireNonNull(joined(slices, ModelQuery.Rows::values)),
                    joined(slices, ModelQuery.Rows::probabilities)));
            Answer answer = snapshot.answer(first.query.asked(first.calibration.rule(), features));
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

        @Override
        public void close() {
            snapshot.close();
            lease.close();
        }
    }

    /** Creates a batcher that takes over a model. */
    public ModelBatcher(CacheModel model, BatchOptions options) {
        this.model = new Replaceable<>(Objects.requireNonNull(model, "model"));
        dispatcher = new Dispatcher<>(options, PresentModel::new);
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
        try (Replaceable<CacheModel>.Lease present = lease()) {
            return submit(query, present);
        }
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
        Replaceable<CacheModel>.Lease own = lease.again();
        return own.until(() -> dispatcher.submit(new Pending(own, rows, count, chosen, query), query.timeout()));
    }

    /**
     * Leases the model that answers new queries, for calls that all belong to it, whatever {@linkplain #replace replaces} it meanwhile.
     *
     * @return the model stays open until it is closed
     * @throws IllegalStateException if the batcher is closed
     */
    public Replaceable<CacheModel>.Lease lease() {
        dispatcher.requireOpen();
        return model.lease();
    }

    /** {@return the model that answers new queries; leave it open} */
    public CacheModel model() {
        return model.present();
    }

    @Override
    public CacheIndex index() {
        return model.present().index();
    }

    @Override
    public Health health() {
        return Health.of(
                index(), dispatcher.queued(), dispatcher.counts(), Optional.ofNullable(dispatcher.lastFailure()));
    }

    @Override
    public void observe(BatchListener listener) {
        dispatcher.observe(Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Answers later queries by another model, and takes that over. Queries that were submitted before are answered by the former model,
     * which is closed after the last of them.
     *
     * @return completes when the former model is closed
     * @throws IllegalArgumentException if the shape of the input, dim or the classes differ from those of the former model; {@code
     *     next} is not taken over then
     * @throws IllegalStateException if the batcher is closed; {@code next} is not taken over then
     */
    public CompletableFuture<Void> replace(CacheModel next) {
        CacheModel former = model.present();
        if (!next.form().equals(former.form())) {
            throw new IllegalArgumentException("a model of " + next.form() + ": expected " + former.form()
                    + ", because callers send rows of that form; make another batcher for it");
        }
        CompletableFuture<Void> closed = model.replace(next);
        dispatcher.replaced();
        return closed;
    }

    /**
     * Refuses new queries, waits for the running batch and answers the queries that it completes, fails the others with
     * IllegalStateException, and closes the model. Closing twice is harmless.
     */
    @Override
    public void close() {
        dispatcher.close();
        model.close();
    }

    @Override
    public String toString() {
        return "ModelBatcher[" + model.present() + ", " + dispatcher.queued() + " rows wait]";
    }
}
