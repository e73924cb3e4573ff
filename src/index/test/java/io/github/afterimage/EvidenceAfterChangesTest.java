package io.github.afterimage;

import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence is that of the keys of the moment, whatever keys were there before. */
class EvidenceAfterChangesTest {
    private static final int DIM = 24;
    private static final int CLASSES = 7;

    @TempDir
    Path folder;

    @Test
    void addsWhileQueriesRunAndEachSeesTheClassesOfItsKeys() throws Exception {
        int size = 400;
        Problem problem = Problem.random(2, size, DIM, CLASSES, 3);
        Query query = Query.of(problem.queries()).thetas(8).evidence(true);
        List<Answer> answers = new ArrayList<>();
        try (CacheIndex index = problem.builder().build()) {
            index.add(Arrays.copyOf(problem.keys(), DIM), Arrays.copyOf(problem.labels(), 1));
            CompletableFuture<Void> adding = CompletableFuture.runAsync(() -> {
                for (int key = 1; key < size; key++) {
                    index.add(row(problem, key), new int[] {problem.labels()[key]});
                }
            });
            do {
                answers.add(index.answer(query));
            } while (!adding.isDone());
            adding.get();
            answers.add(index.answer(query));
        }
        for (int i = 0; i < answers.size(); i += Math.max(1, answers.size() / 20)) {
            Answer answer = answers.get(i);
            int keys = (int) answer.keys();
            try (CacheIndex prefix = problem.builder().build()) {
                prefix.add(Arrays.copyOf(problem.keys(), keys * DIM), Arrays.copyOf(problem.labels(), keys));
                Answer expected = prefix.answer(query);
                for (int row = 0; row < 3; row++) {
                    for (int c = 0; c < CLASSES; c++) {
                        String of = keys + " keys, row " + row + ", class " + c;
                        assertThat(answer.row(row).logEvidence(c))
                                .as(of)
                                .isCloseTo(expected.row(row).logEvidence(c), within(1e-5));
                        assertThat(answer.row(row).direction(c))
                                .as(of)
                                .isEqualTo(expected.row(row).direction(c));
                        assertThat(answer.row(row).keys(c))
                                .as(of)
                                .isEqualTo(expected.row(row).keys(c));
                    }
                }
            }
        }
    }

    private static float[] row(Problem problem, int key) {
        return Arrays.copyOfRange(problem.keys(), key * DIM, (key + 1) * DIM);
    }

    @Test
    void anIndexThatForgetsKeysAnswersWithTheBitsOfOneThatNeverHadThem() throws IOException {
        Problem problem = Problem.random(16, 300, DIM, CLASSES, 10);
        Query query = Query.of(problem.queries()).thetas(15).evidence(true);
        int half = 150;
        float[] first = Arrays.copyOf(problem.keys(), half * DIM);
        int[] labels = Arrays.copyOf(problem.labels(), half);
        try (CacheIndex forgetful = problem.builder().build();
                CacheIndex ignorant = problem.builder().build()) {
            ignorant.add(first, labels);
            forgetful.add(first, labels);
            forgetful.answer(query);
            long added = forgetful
                    .add(
                            Arrays.copyOfRange(problem.keys(), half * DIM, 300 * DIM),
                            Arrays.copyOfRange(problem.labels(), half, 300))
                    .first();
            forgetful.answer(query);
            forgetful.remove(IntStream.range(0, half).mapToLong(i -> added + i).toArray());
            forgetful.compact();
            Answer expected = ignorant.answer(query);
            assertSameBits(forgetful.answer(query), expected);
            Path file = folder.resolve("forgot.safetensors");
            forgetful.files().saveWhole(file, Map.of());
            try (CacheIndex opened = CacheIndex.open(file)) {
                assertSameBits(opened.answer(query), expected);
            }
        }
    }

    @Test
    void aClassWhoseKeysAreAllRemovedHasTheBitsOfOneThatNeverHadAny() {
        Problem problem = Problem.random(17, 200, DIM, CLASSES, 5);
        Query query = Query.of(problem.queries()).thetas(25).evidence(true);
        try (CacheIndex emptied = problem.index();
                CacheIndex without = problem.builder().build()) {
            emptied.answer(query);
            emptied.remove(key -> key.label() < 3);
            emptied.compact();
            for (int id = 0; id < 200; id++) {
                if (problem.labels()[id] >= 3) {
                    without.add(row(problem, id), new int[] {problem.labels()[id]});
                }
            }
            without.compact();
            Answer answer = emptied.answer(query);
            assertSameBits(answer, without.answer(query));
            assertThat(answer.row(0).keys(0)).isZero();
            assertThat(answer.row(0).logEvidence(0))
                    .isEqualTo(answer.row(0).logEvidence(1))
                    .isEqualTo(answer.row(0).logEvidence(2))
                    .isCloseTo(answer.row(0).logMass() - Math.log(answer.keys()), within(1e-9));
        }
    }

    @Test
    void changesOfALogThatAreMadeAgainGiveTheBitsOfTheirKeys() throws IOException {
        Problem problem = Problem.random(18, 200, DIM, CLASSES, 10);
        Query query = Query.of(problem.queries()).thetas(15).evidence(true);
        Path file = folder.resolve("logged.safetensors");
        OpenOptions logged = new OpenOptions().log(Durability.never());
        try (CacheIndex index = problem.builder().build()) {
            index.add(Arrays.copyOf(problem.keys(), 100 * DIM), Arrays.copyOf(problem.labels(), 100));
            index.save(file);
        }
        float[] others = Arrays.copyOfRange(problem.keys(), 100 * DIM, 200 * DIM);
        try (CacheIndex index = CacheIndex.open(file, logged)) {
            index.answer(query);
            index.add(others, Arrays.copyOfRange(problem.labels(), 100, 200));
            index.remove(LongStream.range(0, 100).filter(id -> id % 3 == 0).toArray());
        }
        try (CacheIndex again = CacheIndex.open(file, logged);
                CacheIndex fresh = problem.builder().build()) {
            again.answer(query);
            again.remove(2);
            again.compact();
            for (int id = 0; id < 200; id++) {
                if (id > 2 && (id >= 100 || id % 3 != 0) || id == 1) {
                    fresh.add(row(problem, id), new int[] {problem.labels()[id]});
                }
            }
            fresh.compact();
            assertSameBits(again.answer(query), fresh.answer(query));
        }
    }

    private static void assertSameBits(Answer answer, Answer expected) {
        for (int row = 0; row < expected.batch(); row++) {
            for (int c = 0; c < CLASSES; c++) {
                Answer.Row got = answer.row(row);
                Answer.Row wanted = expected.row(row);
                assertThat(got.logEvidence(c)).isEqualTo(wanted.logEvidence(c));
                assertThat(got.direction(c)).isEqualTo(wanted.direction(c));
                assertThat(got.keys(c)).isEqualTo(wanted.keys(c));
            }
        }
    }

    @Test
    void directionsCountAsMemoryFromTheFirstQueryOnAndAreRefusedBeyondTheLimit() {
        long limit = MemoryUse.limit();
        try (CacheIndex index = new CacheIndexBuilder(1000, 4000).build()) {
            float[] keys = new float[3 * 1000];
            keys[0] = keys[1001] = keys[2002] = 1;
            index.add(keys, new int[] {0, 1, 3999}); // two blocks
            Query query = Query.of(Arrays.copyOf(keys, 1000)).thetas(1);
            index.answer(query);
            long without = MemoryUse.bytes(MemoryKind.HOST);
            try {
                MemoryUse.limit(limit - MemoryUse.free() + 59_999);
                assertNotEnoughMemory(() -> index.answer(query.evidence(true)));
                index.answer(query);
            } finally {
                MemoryUse.limit(limit);
            }
            index.answer(query.evidence(true));
            assertThat(MemoryUse.bytes(MemoryKind.HOST) - without).isBetween(60_000L, 200_000L);
            index.add(keys, new int[] {5, 6, 7});
            index.answer(query.evidence(true));
        }
    }
}
