package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.afterimage.AddedKeys;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.RequestFailure;
import io.github.afterimage.serve.protocol.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Keys that are added while the disk fails. */
class UnsavedKeysTest {
    /** A model whose disk fails behind each change. */
    private static final class Unsaved extends ModelOfTest {
        Unsaved(CacheIndex index) {
            super("birds", index, new ModelSource<>(List.of(Path.of("birds")), true, taught -> index));
        }

        static Unsaved open() {
            CacheIndex index = new CacheIndexBuilder(2, 2).threads(1).build();
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            return new Unsaved(index);
        }

        @Override
        PreparedRows prepared(InferenceRequest request) {
            return new PreparedRows(index(), features(request), List.of()) {
                @Override
                AddedKeys add(int[] labels, long[] replaced, UnaryOperator<KeyBatch> more) {
                    throw new UnsavedChangeException("/var/lib/birds: the change is made", new IOException("no"))
                            .returning(super.add(labels, replaced, more).first());
                }
            };
        }
    }

    @Test
    void theAnswerSaysThatTheyAreThereAndTheirIds() {
        try (Unsaved model = Unsaved.open()) {
            InferenceRequest request = new InferenceRequest(
                    "",
                    Map.of(),
                    List.of(
                            Tensor.ofFloats("features", List.of(2, 2), new float[] {1, 1, 1, 2}),
                            Tensor.of("label", DataType.INT64, List.of(2), new float[] {0, 1})),
                    List.of());
            RequestException made = catchThrowableOfType(
                    RequestException.class, () -> model.keys().add(request, null));
            RequestFailure failure = RequestFailure.of(made);
            assertThat(failure.status()).isEqualTo(500);
            assertThat(failure.more())
                    .containsEntry("changed", true)
                    .containsEntry("ids", List.of(2L, 3L))
                    .containsEntry("type", "urn:afterimage:unsaved-change");
            assertThat(failure.detail()).contains("do not send it again").doesNotContain("/var/lib");
            assertThat(model.index().size()).isEqualTo(4);
        }
    }
}
