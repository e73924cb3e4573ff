package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.failure.NotEnoughMemoryException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Asserts that code throws the exception of one kind of mistake, whose message is asserted next. */
public final class Refusals {
    private Refusals() {}

    /** Asserts that the caller is told of a mistake. */
    public static AbstractThrowableAssert<?, ? extends Throwable> assertIllegalArgument(ThrowingCallable code) {
        return assertThatThrownBy(code).isInstanceOf(IllegalArgumentException.class);
    }

    /** Asserts that the object cannot do this now, as when it is closed. */
    public static AbstractThrowableAssert<?, ? extends Throwable> assertIllegalState(ThrowingCallable code) {
        return assertThatThrownBy(code).isInstanceOf(IllegalStateException.class);
    }

    /** Asserts that a file is refused. */
    public static AbstractThrowableAssert<?, ? extends Throwable> assertCorrupt(ThrowingCallable code) {
        return assertThatThrownBy(code).isInstanceOf(CorruptIndexException.class);
    }

    /** Asserts that memory is refused. */
    public static AbstractThrowableAssert<?, ? extends Throwable> assertNotEnoughMemory(ThrowingCallable code) {
        return assertThatThrownBy(code).isInstanceOf(NotEnoughMemoryException.class);
    }
}
