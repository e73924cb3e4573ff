package io.github.afterimage.serving;

import io.github.afterimage.NotEnoughMemoryException;
import io.github.afterimage.serving.Batch.Block;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Answers blocks in one pass. If the pass is refused, repeats it in halves, so that each request fails for its own reason only.
 *
 * @param ended returns true for requests that need no answer any more
 * @param fail ends a request with an exception
 */
record PassAttempt<A, W extends Work<A>>(
        Source<W> source, Predicate<Entry<A, W>> ended, BiConsumer<Entry<A, W>, Throwable> fail) {
    /** Returns true if one pass has answered all blocks. */
    boolean run(List<Block<A, W>> blocks) {
        List<Block<A, W>> wanted =
                blocks.stream().filter(block -> !ended.test(block.entry())).toList();
        if (wanted.isEmpty()) {
            return false;
        }
        try {
            source.answer(wanted.stream().map(Block::slice).toList());
            return wanted.size() == blocks.size();
        } catch (NotEnoughMemoryException | IllegalArgumentException e) {
            Block<A, W> first = wanted.get(0);
            if (wanted.size() > 1) {
                run(wanted.subList(0, wanted.size() / 2));
                run(wanted.subList(wanted.size() / 2, wanted.size()));
            } else if (e instanceof NotEnoughMemoryException && first.count() > 1) {
                int half = first.count() / 2;
                run(List.of(first.part(0, half)));
                run(List.of(first.part(half, first.count() - half)));
            } else {
                fail.accept(first.entry(), e);
            }
            return false;
        }
    }
}
