"""LangChain with hearken as its model: a tool is called, and the answer is printed as it comes."""

import os
import sys

from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"mild in {city}"


model = ChatOpenAI(
    model="companion",
    base_url=os.environ.get("HEARKEN_URL", "http://127.0.0.1:8787") + "/v1",
    api_key=os.environ.get("HEARKEN_KEY", "local"),
    use_responses_api=True,
).bind_tools([weather])
messages = [HumanMessage(" ".join(sys.argv[1:]) or "How is it in Lima?")]
asked = model.invoke(messages)
messages.append(asked)
messages += [weather.invoke(call) for call in asked.tool_calls]
for chunk in model.stream(messages) if asked.tool_calls else [asked]:
    print(chunk.text, end="", flush=True)
print()
