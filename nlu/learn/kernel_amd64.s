#include "textflag.h"

// func Axpy(a float32, x, y []float32)
TEXT ·Axpy(SB), NOSPLIT, $0-56
	MOVSS  a+0(FP), X0
	SHUFPS $0, X0, X0
	MOVQ   x_base+8(FP), SI
	MOVQ   x_len+16(FP), CX
	MOVQ   y_base+32(FP), DI

eight:
	SUBQ   $8, CX
	JLT    rest
	MOVUPS (SI), X1
	MOVUPS 16(SI), X2
	MOVUPS (DI), X3
	MOVUPS 16(DI), X4
	MULPS  X0, X1
	MULPS  X0, X2
	ADDPS  X1, X3
	ADDPS  X2, X4
	MOVUPS X3, (DI)
	MOVUPS X4, 16(DI)
	ADDQ   $32, SI
	ADDQ   $32, DI
	JMP    eight

rest:
	ADDQ $8, CX

one:
	SUBQ  $1, CX
	JLT   done
	MOVSS (SI), X1
	MULSS X0, X1
	ADDSS (DI), X1
	MOVSS X1, (DI)
	ADDQ  $4, SI
	ADDQ  $4, DI
	JMP   one

done:
	RET

// func AxpyBytes(a float32, x []int8, y []float32)
TEXT ·AxpyBytes(SB), NOSPLIT, $0-56
	MOVSS  a+0(FP), X0
	SHUFPS $0, X0, X0
	MOVQ   x_base+8(FP), SI
	MOVQ   x_len+16(FP), CX
	MOVQ   y_base+32(FP), DI

eight:
	SUBQ      $8, CX
	JLT       rest
	MOVQ      (SI), X1
	PUNPCKLBW X1, X1
	MOVO      X1, X2
	PUNPCKLWL X1, X1
	PUNPCKHWL X2, X2
	PSRAL     $24, X1
	PSRAL     $24, X2
	CVTPL2PS  X1, X1
	CVTPL2PS  X2, X2
	MOVUPS    (DI), X3
	MOVUPS    16(DI), X4
	MULPS     X0, X1
	MULPS     X0, X2
	ADDPS     X1, X3
	ADDPS     X2, X4
	MOVUPS    X3, (DI)
	MOVUPS    X4, 16(DI)
	ADDQ      $8, SI
	ADDQ      $32, DI
	JMP       eight

rest:
	ADDQ $8, CX

one:
	SUBQ     $1, CX
	JLT      done
	MOVBLSX  (SI), AX
	CVTSL2SS AX, X1
	MULSS    X0, X1
	ADDSS    (DI), X1
	MOVSS    X1, (DI)
	ADDQ     $1, SI
	ADDQ     $4, DI
	JMP      one

done:
	RET

// func dot(x, y []float32) float32
TEXT ·dot(SB), NOSPLIT, $0-52
	MOVQ  x_base+0(FP), SI
	MOVQ  x_len+8(FP), CX
	MOVQ  y_base+24(FP), DI
	XORPS X0, X0
	XORPS X1, X1

eight:
	SUBQ   $8, CX
	JLT    rest
	MOVUPS (SI), X2
	MOVUPS 16(SI), X3
	MOVUPS (DI), X4
	MOVUPS 16(DI), X5
	MULPS  X4, X2
	MULPS  X5, X3
	ADDPS  X2, X0
	ADDPS  X3, X1
	ADDQ   $32, SI
	ADDQ   $32, DI
	JMP    eight

rest:
	ADDQ   $8, CX
	ADDPS  X1, X0
	MOVAPS X0, X1
	SHUFPS $0xB1, X1, X1
	ADDPS  X1, X0
	MOVAPS X0, X1
	SHUFPS $0x4E, X1, X1
	ADDSS  X1, X0

one:
	SUBQ  $1, CX
	JLT   done
	MOVSS (SI), X1
	MULSS (DI), X1
	ADDSS X1, X0
	ADDQ  $4, SI
	ADDQ  $4, DI
	JMP   one

done:
	MOVSS X0, ret+48(FP)
	RET

// func adamFour(w, m, v, g []float32, c *[6]float32)
// len(g) is a multiple of 4. c: decay of m, its rest, decay of v, its rest, rate, epsilon.
TEXT ·adamFour(SB), NOSPLIT, $0-104
	MOVQ   w_base+0(FP), DI
	MOVQ   m_base+24(FP), R8
	MOVQ   v_base+48(FP), R9
	MOVQ   g_base+72(FP), SI
	MOVQ   g_len+80(FP), CX
	MOVQ   c+96(FP), AX
	MOVSS  (AX), X8
	MOVSS  4(AX), X9
	MOVSS  8(AX), X10
	MOVSS  12(AX), X11
	MOVSS  16(AX), X12
	MOVSS  20(AX), X13
	SHUFPS $0, X8, X8
	SHUFPS $0, X9, X9
	SHUFPS $0, X10, X10
	SHUFPS $0, X11, X11
	SHUFPS $0, X12, X12
	SHUFPS $0, X13, X13

four:
	SUBQ   $4, CX
	JLT    done
	MOVUPS (SI), X0
	MOVUPS (R8), X1
	MOVUPS (R9), X2
	MOVAPS X0, X3
	MULPS  X8, X1
	MULPS  X9, X3
	ADDPS  X3, X1
	MOVUPS X1, (R8)
	MULPS  X10, X2
	MOVAPS X0, X3
	MULPS  X11, X3
	MULPS  X0, X3
	ADDPS  X3, X2
	MOVUPS X2, (R9)
	SQRTPS X2, X2
	ADDPS  X13, X2
	MULPS  X12, X1
	DIVPS  X2, X1
	MOVUPS (DI), X3
	SUBPS  X1, X3
	MOVUPS X3, (DI)
	ADDQ   $16, SI
	ADDQ   $16, DI
	ADDQ   $16, R8
	ADDQ   $16, R9
	JMP    four

done:
	RET
