package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request that is sent again after a failure of any kind. */
@Timeout(60)
class RepeatedRequestTest {
    private final FailingModel model = new FailingModel();

    @AfterEach
    void close() {
        model.close();
    }

    /** A model that fails before or after it adds keys. */
    private static final class FailingModel extends ModelOfTest {
        Runnable before = () -> {};
        Runnable after = () -> {};

        FailingModel() {
            super("birds");
        }

        @Override
        PreparedRows prepared(InferenceRequest request) {
            return new PreparedRows(index(), features(request), List.of()) {
                @Override
                AddedKeys add(int[] labels, long[] replaced, UnaryOperator<KeyBatch> more) {
                    before.run();
                    AddedKeys added = super.add(labels, replaced, more);
                    after.run();
                    return added;
                }
            };
        }
    }

    private static InferenceRequest request(String label, boolean isNew) {
        boolean hawk = label.contains("hawk") || label.equals("3"); // its number
        List<Tensor> inputs = List.of(
                Tensor.ofFloats("features", List.of(1, 2), new float[] {hawk ? 1 : -1, 2}),
                Tensor.ofBytes("label", List.of(1), List.of(label.getBytes(StandardCharsets.UTF_8))));
        return new InferenceRequest("", Map.of("new_class", isNew), inputs, List.of());
    }

    private Map<String, Object> add() {
        return model.keys().add(request("hawk", true), "key");
    }

    @Test
    void afterAnErrorTheRequestIsNotPending() {
        model.before = () -> {
            throw new OutOfMemoryError("of the test");
        };
        assertThatThrownBy(this::add).isInstanceOf(OutOfMemoryError.class);
        assertThat(model.index().isSpare(3)).as("the class has no keys").isTrue();
        model.before = () -> {};
        assertThat(add()).containsEntry("ids", List.of(0L)).containsEntry("replayed", false);
    }

    @Test
    void afterAFailureBehindTheChangeTheKeysAreNotAddedAgain() {
        for (RuntimeException failure : List.of(
                new IllegalStateException("of the test"),
                new UnsavedChangeException("of the test", new IOException("of the test")).returning(0))) {
            model.after = () -> {
                throw failure;
            };
            String key = failure.getClass().getName();
            assertThatThrownBy(() -> model.keys().add(request("hawk", true), key))
                    .hasMessageContaining(
                            failure instanceof UnsavedChangeException ? "the change is made" : failure.getMessage());
            model.after = () -> {};
            long size = model.index().size();
            assertThat(model.keys().add(request("hawk", true), key)).containsEntry("replayed", true);
            assertThat(model.index().size()).isEqualTo(size);
            assertThat(model.index().classNames()).as("the class of the keys").contains("hawk");
        }
    }

    @Test
    void aClassWhoseKeysAreAllRemovedTakesANewNameWhenNoOtherIsLeft() {
        ServedKeys keys = model.keys();
        keys.add(request(" hawk ", true), null);
        keys.add(request("hawk", false), null);
        assertThat(keysAndSpare("hawk")).containsExactly(2L, false);
        assertRefused("gull");
        keys.remove(Map.of("label", "hawk "));
        assertThat(keysAndSpare("hawk")).containsExactly(0L, true);

        model.before = () -> {
            throw new IllegalStateException("of the test");
        };
        assertThatThrownBy(() -> keys.add(request("gull", true), null)).hasMessage("of the test");
        assertThat(model.index().classNames()).contains("hawk").doesNotContain("gull");

        model.before = () -> {};
        keys.add(request("Gull", true), null);
        assertThat(model.index().classNames()).containsExactly("class 0", "class 1", "class 2", "Gull");
        assertThat(keysAndSpare("Gull")).containsExactly(1L, false);
    }

    @Test
    void aRequestKeepsItsClassUntilItsKeysAreThere() {
        ServedKeys keys = model.keys();
        keys.add(request("hawk", true), null);
        for (Object label : List.of("hawk", 3)) { // a known class, which a DELETE empties meanwhile
            List<CompletableFuture<Void>> other = new ArrayList<>();
            model.before = () -> {
                model.before = () -> {};
                keys.remove(Map.of("label", "hawk"));
                other.add(waits(() -> assertRefused("gull")));
            };
            keys.add(request(label.toString(), false), null);
            other.get(0).join();
            assertThat(keysAndSpare("hawk")).containsExactly(1L, false);
        }
        keys.remove(Map.of("label", "hawk"));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        model.before = () -> { // a class that is named just now, by a request that fails
            model.before = () -> {};
            other.add(waits(() -> keys.add(request("gull", true), null)));
            throw new IllegalStateException("of the test");
        };
        assertThatThrownBy(() -> keys.add(request("gull", true), null)).hasMessage("of the test");
        other.get(0).join();
        assertThat(keysAndSpare("gull")).containsExactly(1L, false);
    }

    /** Begins work in another thread, which has to wait for the present one. */
    private static CompletableFuture<Void> waits(Runnable work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                work.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        thread.start();
        while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return done;
    }

    @Test
    void aNewNameDoesNotTakeAClassOfItsOwnRequest() {
        ServedKeys keys = model.keys();
        keys.add(request("hawk", true), null);
        keys.remove(Map.of("label", "hawk"));
        List<byte[]> labels = Stream.of("gull", "hawk")
                .map(label -> label.getBytes(StandardCharsets.UTF_8))
                .toList();
        InferenceRequest both = new InferenceRequest(
                "",
                Map.of("new_class", true),
                List.of(
                        Tensor.ofFloats("features", List.of(2, 2), new float[] {1, 2, 3, 4}),
                        Tensor.ofBytes("label", List.of(2), labels)),
                List.of());
        assertThatThrownBy(() -> keys.add(both, null)).hasMessageContaining("label \"gull\" is new, and no spare");
        assertThat(keysAndSpare("hawk")).containsExactly(0L, true);
    }

    private void assertRefused(String name) {
        assertThatThrownBy(() -> model.keys().add(request(name, true), null))
                .hasMessageContaining("no spare class is left: remove all keys of a class that was new");
    }

    private List<Object> keysAndSpare(String name) {
        List<?> classes = (List<?>) model.catalog().describe().get("classes");
        Map<?, ?> found = (Map<?, ?>) classes.get(model.index().classNames().indexOf(name));
        return List.of(found.get("keys"), found.get("spare"));
    }
}
